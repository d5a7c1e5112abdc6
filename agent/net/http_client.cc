#include "agent/net/http_client.h"

#include <deque>
#include <mutex>
#include <unordered_map>
#include <utility>

#include <curl/curl.h>

#include "agent/base/check.h"
#include "agent/base/duration.h"
#include "agent/loop/poll.h"
#include "agent/net/curl_transfer.h"
#include "agent/net/oauth2_tokens.h"
#include "agent/net/secret_source.h"
#include "agent/net/url.h"

namespace agent::net {

// DESIGN. libcurl tells us through two callbacks which sockets and which time it waits for; we tell
// it through run() that one of them is due. libcurl refuses calls into its multi handle from its
// callbacks, and a caller's on_body runs inside one: so while run() is in libcurl, start() and
// cancel() only note what is to be done, and settle() does it afterwards. Completions are collected
// first and handed out last, when any of them may start, cancel or destroy what it likes.
//
// Redirects are followed here and not by libcurl, which would pass secrets in other headers than
// Authorization on to another host.
//
// With oauth2, a request that finds no valid token waits in waiting_ until there is one or its own
// time is up. A token that is refused with 401 is replaced and the request sent once more.

struct HttpClient::Call::State {
  std::weak_ptr<Impl> owner;
  ClientRequest request;
  Done done;  // null: cancelled or finished
  std::unique_ptr<CurlTransfer> transfer;
  std::optional<Url> first;
  std::optional<SteadyTime> deadline;  // nullopt: none
  int redirects_left = 0;
  std::string authorization;           // of a token: found once, then kept for redirects
  bool authorization_renewed = false;  // after a 401
  loop::Timer token_timeout;
  bool paused = false;
};

class HttpClient::Impl : public std::enable_shared_from_this<Impl> {
 public:
  using StatePtr = std::shared_ptr<Call::State>;

  Impl(loop::EventLoop& loop, model::HttpClientConfig config)
      : loop_(loop), config_(std::move(config)) {
    if (config_.auth != model::HttpClientConfig::Auth::OAuth2) return;
    tokens_ = std::make_unique<OAuth2Tokens>(
        loop_, config_.oauth2, [this] { return loop_.now(); },
        [this](const auto& token) { on_token(token); });
  }
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;
  ~Impl() { shut(); }

  void start(const StatePtr& state);
  void cancel(const StatePtr& state);
  void resume(const StatePtr& state);
  void close();

 private:
  struct Finished {
    StatePtr state;
    Result<ClientResponse> answer;
  };

  void make_multi();
  void begin(const StatePtr& state, const Result<Url>& url);
  bool find_token(const StatePtr& state, const Url& url);
  void on_token(const Result<std::string>& token);
  void on_token_timeout(const StatePtr& state, const Url& url);
  void resume_now();
  void fail_later(const StatePtr& state, Error error);
  void hand_out_failures();
  void add(const StatePtr& state);
  void remove(const StatePtr& state);
  template <typename Action>
  void run(Action action);
  void settle();
  void collect_finished();
  void finish(Finished finished);
  bool redirect(const StatePtr& state, Result<ClientResponse>& answer);
  bool renew_token(const StatePtr& state, const Result<ClientResponse>& answer);
  void shut();
  void on_socket(curl_socket_t socket, int wanted);
  void on_timeout_changed(long timeout_ms);

  loop::EventLoop& loop_;
  model::HttpClientConfig config_;
  SecretSource secrets_;
  CURLM* multi_ = nullptr;  // made by the first request: an agent that sends nothing pays nothing
  loop::Timer timer_;
  std::unordered_map<curl_socket_t, std::unique_ptr<loop::Poll>> polls_;
  std::unordered_map<void*, StatePtr> running_;  // by CURL*
  bool in_curl_ = false;
  bool closed_ = false;
  std::vector<StatePtr> to_add_;
  std::vector<StatePtr> to_remove_;
  std::vector<StatePtr> to_resume_;
  loop::Timer resume_timer_;
  std::deque<Finished> finished_;
  std::deque<std::pair<StatePtr, Error>> failed_;  // never got as far as libcurl
  loop::Timer failed_timer_;
  struct Waiting {
    StatePtr state;
    Url url;
  };
  std::vector<Waiting> waiting_;          // for a token
  std::unique_ptr<OAuth2Tokens> tokens_;  // null: no oauth2
};

namespace {

// Scrapes follow as many as Go does; a push is not sent around the world. Spec: delivery.md 4.1.
constexpr int kMaxRedirects = 10;
constexpr int kMaxPushRedirects = 3;
// Without a bound of its own libcurl keeps four connections for each running request, and a client
// of many targets would connect anew for each scrape.
constexpr long kMaxIdleConnections = 4096;

bool is_redirect(int status) {
  return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

}  // namespace

void HttpClient::Impl::make_multi() {
  static std::once_flag once;
  std::call_once(once, [] { AGENT_CHECK(curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK); });
  multi_ = curl_multi_init();
  AGENT_CHECK(multi_ != nullptr);
  curl_multi_setopt(multi_, CURLMOPT_MAXCONNECTS, kMaxIdleConnections);
  curl_multi_setopt(multi_, CURLMOPT_SOCKETDATA, this);
  curl_multi_setopt(
      multi_, CURLMOPT_SOCKETFUNCTION,
      +[](CURL* /*easy*/, curl_socket_t socket, int wanted, void* self, void* /*ours*/) {
        static_cast<Impl*>(self)->on_socket(socket, wanted);
        return 0;
      });
  curl_multi_setopt(multi_, CURLMOPT_TIMERDATA, this);
  curl_multi_setopt(
      multi_, CURLMOPT_TIMERFUNCTION, +[](CURLM* /*multi*/, long timeout_ms, void* self) {
        static_cast<Impl*>(self)->on_timeout_changed(timeout_ms);
        return 0;
      });
}

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

void HttpClient::Impl::add(const StatePtr& state) {
  AGENT_CHECK(curl_multi_add_handle(multi_, state->transfer->handle()) == CURLM_OK);
}

void HttpClient::Impl::remove(const StatePtr& state) {
  curl_multi_remove_handle(multi_, state->transfer->handle());
  running_.erase(state->transfer->handle());
  state->transfer.reset();
}

void HttpClient::Impl::cancel(const StatePtr& state) {
  state->done = nullptr;
  state->token_timeout.stop();
  if (!state->transfer) return;
  if (in_curl_) {
    state->transfer->abort();
    to_remove_.push_back(state);
  } else {
    remove(state);
  }
}

// libcurl hands out what it kept from inside curl_easy_pause(): so never below the caller's feet.
void HttpClient::Impl::resume(const StatePtr& state) {
  state->paused = false;
  if (!state->transfer) return;
  to_resume_.push_back(state);
  resume_timer_ = loop_.after(Duration::zero(), [this] { resume_now(); });
}

void HttpClient::Impl::resume_now() {
  run([this] {
    for (const StatePtr& state : std::exchange(to_resume_, {})) {
      if (!state->transfer || !state->done || state->paused) continue;
      state->transfer->set_paused(false);
      curl_easy_pause(state->transfer->handle(), CURLPAUSE_CONT);
    }
  });
}

void HttpClient::Impl::close() {
  closed_ = true;
  for (const auto& [easy, state] : running_) {
    state->done = nullptr;
    state->transfer->abort();
  }
  for (const auto& [state, error] : failed_)
    state->done = nullptr;
  for (const auto& waiting : std::exchange(waiting_, {})) {
    waiting.state->done = nullptr;
    waiting.state->token_timeout.stop();
  }
  tokens_.reset();
  for (const auto& finished : finished_)
    finished.state->done = nullptr;
  if (!in_curl_) shut();
}

void HttpClient::Impl::shut() {
  for (const auto& [easy, state] : running_) {
    curl_multi_remove_handle(multi_, easy);
    state->transfer.reset();
  }
  running_.clear();
  to_add_.clear();
  to_remove_.clear();
  to_resume_.clear();
  if (multi_ != nullptr) curl_multi_cleanup(std::exchange(multi_, nullptr));
  polls_.clear();
  timer_.stop();
  failed_timer_.stop();
  resume_timer_.stop();
}

template <typename Action>
void HttpClient::Impl::run(Action action) {
  const auto self = shared_from_this();
  in_curl_ = true;
  action();
  in_curl_ = false;
  settle();
}

void HttpClient::Impl::settle() {
  if (closed_) return shut();
  for (const StatePtr& state : std::exchange(to_remove_, {}))
    if (state->transfer) remove(state);
  for (const StatePtr& state : std::exchange(to_add_, {}))
    if (state->transfer) add(state);
  collect_finished();
  while (!finished_.empty()) {
    Finished finished = std::move(finished_.front());
    finished_.pop_front();
    finish(std::move(finished));
    if (closed_) return;
  }
}

void HttpClient::Impl::collect_finished() {
  int left = 0;
  while (const CURLMsg* message = curl_multi_info_read(multi_, &left)) {
    if (message->msg != CURLMSG_DONE) continue;
    const CURLcode code = message->data.result;  // `message` dies with the handle's removal
    const auto at = running_.find(message->easy_handle);
    AGENT_CHECK(at != running_.end());
    const StatePtr state = at->second;
    curl_multi_remove_handle(multi_, at->first);
    running_.erase(at);
    finished_.push_back({state, state->transfer->take_answer(code)});
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

void HttpClient::Impl::on_socket(curl_socket_t socket, int wanted) {
  if (wanted == CURL_POLL_REMOVE) {
    polls_.erase(socket);
    return;
  }
  auto& poll = polls_[socket];
  if (!poll) {
    poll = std::make_unique<loop::Poll>(loop_, socket, [this, socket](loop::Poll::Ready ready) {
      const int events =
          (ready.readable ? CURL_CSELECT_IN : 0) | (ready.writable ? CURL_CSELECT_OUT : 0);
      run([&] {
        int running = 0;
        curl_multi_socket_action(multi_, socket, events, &running);
      });
    });
  }
  poll->watch({(wanted & CURL_POLL_IN) != 0, (wanted & CURL_POLL_OUT) != 0});
}

void HttpClient::Impl::on_timeout_changed(long timeout_ms) {
  timer_.stop();
  if (timeout_ms < 0) return;
  timer_ = loop_.after(std::chrono::milliseconds(timeout_ms), [this] {
    run([this] {
      int running = 0;
      curl_multi_socket_action(multi_, CURL_SOCKET_TIMEOUT, 0, &running);
    });
  });
}

HttpClient::Call& HttpClient::Call::operator=(Call&& other) noexcept {
  if (this != &other) {
    cancel();
    state_ = std::move(other.state_);
  }
  return *this;
}

void HttpClient::Call::cancel() {
  const auto state = std::exchange(state_, nullptr);
  if (!state) return;
  if (const auto owner = state->owner.lock()) owner->cancel(state);
}

void HttpClient::Call::pause() {
  if (!state_) return;
  state_->paused = true;
  if (state_->transfer) state_->transfer->set_paused(true);
}

void HttpClient::Call::resume() {
  if (!state_) return;
  if (const auto owner = state_->owner.lock()) owner->resume(state_);
}

HttpClient::HttpClient(loop::EventLoop& loop, model::HttpClientConfig config)
    : impl_(std::make_shared<Impl>(loop, std::move(config))) {}

HttpClient::~HttpClient() { impl_->close(); }

HttpClient::Call HttpClient::start(ClientRequest request, Done done) {
  auto state = std::make_shared<Call::State>();
  state->owner = impl_;
  state->request = std::move(request);
  state->done = std::move(done);
  impl_->start(state);
  return Call(std::move(state));
}

}  // namespace agent::net
