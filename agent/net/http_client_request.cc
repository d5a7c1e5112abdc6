#include <utility>

#include "agent/base/duration.h"
#include "agent/net/http_client_impl.h"

namespace agent::net {
namespace {

// Scrapes follow as many as Go does; a push is not sent around the world. Spec: delivery.md 4.1.
constexpr int kMaxRedirects = 10;
constexpr int kMaxPushRedirects = 3;

bool is_redirect(int status) {
  return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

}  // namespace

void HttpClient::Impl::start(const StatePtr& state) {
  if (multi_ == nullptr) make_multi();
  const bool is_push = state->request.body != nullptr;
  state->redirects_left = is_push ? kMaxPushRedirects : kMaxRedirects;
  if (state->request.timeout > Duration::zero())
    state->deadline = loop_.now() + state->request.timeout;
  begin(state, parse_url(state->request.url));
}

void HttpClient::Impl::begin(const StatePtr& state, const Result<Url>& url) {
  if (!url) return fail_later(state, url.error());
  if (!state->first) state->first = *url;
  const Duration left = state->deadline ? *state->deadline - loop_.now() : Duration::zero();
  if (state->deadline && left <= Duration::zero()) {
    return fail_later(state, {ErrorKind::Timeout, url->host_port() + ": no answer within " +
                                                      format_go_duration(state->request.timeout)});
  }
  CurlTransfer::Credentials credentials;
  credentials.send = may_share_credentials(*state->first, *url);
  if (credentials.send && !find_token(state, *url)) return;
  credentials.authorization = state->authorization;
  auto transfer = CurlTransfer::make(config_, secrets_, state->request, *url, left, credentials);
  if (!transfer) return fail_later(state, transfer.error());
  state->transfer = std::move(*transfer);
  state->transfer->set_paused(state->paused);
  running_[state->transfer->handle()] = state;
  if (in_curl_) {
    to_add_.push_back(state);
  } else {
    add(state);
  }
}

// False: the request goes on when there is a token, or has failed.
bool HttpClient::Impl::find_token(const StatePtr& state, const Url& url) {
  if (!tokens_ || !state->authorization.empty() || state->request.headers.get("authorization"))
    return true;
  auto token = tokens_->current();
  if (!token) {
    fail_later(state, token.error());
    return false;
  }
  if (!token->empty()) {
    state->authorization = std::move(*token);
    return true;
  }
  waiting_.push_back({state, url});
  if (state->deadline)
    state->token_timeout = loop_.after(*state->deadline - loop_.now(),
                                       [this, state, url] { on_token_timeout(state, url); });
  tokens_->fetch();
  return false;
}

void HttpClient::Impl::on_token(const Result<std::string>& token) {
  for (const auto& [state, url] : std::exchange(waiting_, {})) {
    if (!state->done) continue;
    state->token_timeout.stop();
    if (!token) {
      fail_later(state, token.error());
      continue;
    }
    state->authorization = *token;
    begin(state, url);
  }
}

void HttpClient::Impl::on_token_timeout(const StatePtr& state, const Url& url) {
  std::erase_if(waiting_, [&](const Waiting& waiting) { return waiting.state == state; });
  fail_later(state, {ErrorKind::Timeout, url.host_port() + ": oauth2: no token within " +
                                             format_go_duration(state->request.timeout)});
}

void HttpClient::Impl::fail_later(const StatePtr& state, Error error) {
  failed_.emplace_back(state, std::move(error));
  failed_timer_ = loop_.after(Duration::zero(), [this] { hand_out_failures(); });
}

void HttpClient::Impl::hand_out_failures() {
  const auto self = shared_from_this();
  auto failed = std::exchange(failed_, {});
  for (auto& [state, error] : failed) {
    if (closed_) return;
    if (!state->done) continue;
    const Done done = std::exchange(state->done, nullptr);
    done(std::move(error));
  }
}

void HttpClient::Impl::finish(Finished finished) {
  const StatePtr& state = finished.state;
  if (!state->done) return state->transfer.reset();
  if (renew_token(state, finished.answer) || redirect(state, finished.answer)) return;
  state->transfer.reset();
  const Done done = std::exchange(state->done, nullptr);
  done(std::move(finished.answer));
}

// True: the token was refused, and the request is sent again with another one.
bool HttpClient::Impl::renew_token(const StatePtr& state, const Result<ClientResponse>& answer) {
  constexpr int kUnauthorized = 401;
  if (!tokens_ || !answer || answer->status != kUnauthorized || state->authorization.empty())
    return false;
  const Url url = state->transfer->url();
  if (!may_share_credentials(*state->first, url)) return false;
  if (std::exchange(state->authorization_renewed, true)) return false;
  if (!tokens_->on_refused(state->authorization)) return false;
  state->authorization.clear();
  state->transfer.reset();
  begin(state, url);
  return true;
}

// True: the answer was a redirect, and the next request is under way. A push stays a push, as
// otherwise its data would be lost on the way; only 303 asks for a GET, so a push that gets one has
// its answer.
bool HttpClient::Impl::redirect(const StatePtr& state, Result<ClientResponse>& answer) {
  if (!answer || !config_.follow_redirects || !is_redirect(answer->status)) return false;
  if (answer->status == 303 && state->request.body != nullptr) return false;
  const auto location = answer->headers.get("location");
  if (!location) return false;
  const Url from = state->transfer->url();
  if (state->redirects_left-- == 0) {
    answer = Error{ErrorKind::Network, from.host_port() + ": too many redirects"};
    return false;
  }
  const auto next = resolve_redirect(from, *location);
  if (!next) {
    answer = next.error().within(from.host_port());
    return false;
  }
  state->transfer.reset();
  begin(state, next);
  return true;
}

}  // namespace agent::net
