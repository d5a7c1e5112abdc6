#include "agent/net/oauth2_tokens.h"

#include <utility>

namespace agent::net {
namespace {

using namespace std::chrono_literals;

// A token that ends while a request is on its way would be refused.
constexpr Duration kEndsEarly = 10s;
constexpr Duration kFailureHolds = 1s;
constexpr Duration kGivesUpEvery = 10s;

model::HttpClientConfig way_to_token_server(const model::OAuth2Config& config) {
  model::HttpClientConfig out;
  out.tls = config.tls;
  out.proxy = config.proxy;
  // The body may hold the client secret, which goes to nobody but the token server.
  out.follow_redirects = false;
  return out;
}

}  // namespace

OAuth2Tokens::OAuth2Tokens(loop::EventLoop& loop, const model::OAuth2Config& config, Now now,
                           Done on_fetched)
    : config_(config),
      now_(std::move(now)),
      on_fetched_(std::move(on_fetched)),
      http_(loop, way_to_token_server(config)) {}

Result<ClientIdentity> OAuth2Tokens::who_asks() {
  const auto id = secrets_.read({config_.client_id, config_.client_id_file});
  if (!id) return id.error().within("oauth2: client_id_file");
  const auto secret = secrets_.read(config_.client_secret);
  if (!secret) return secret.error().within("oauth2: client_secret_file");
  return ClientIdentity{*id, *secret};
}

Result<std::string> OAuth2Tokens::current() {
  const auto asks = who_asks();
  if (!asks) return asks.error();
  if (failure_ && now_() < failure_->until && *asks == asking_) return failure_->error;
  if (!kept_ || kept_->client != *asks || (kept_->ends && now_() >= *kept_->ends))
    return std::string();
  return kept_->authorization;
}

void OAuth2Tokens::fetch() {
  if (std::exchange(fetching_, true)) return;
  // A file that vanishes between current() and here: whom it leaves is refused with clear words.
  const auto asks = who_asks();
  asking_ = asks ? *asks : ClientIdentity{};
  ask();
}

void OAuth2Tokens::ask() {
  call_ = http_.start(make_token_request(config_, asking_, proof_),
                      [this](auto answer) { on_answer(std::move(answer)); });
}

void OAuth2Tokens::on_answer(Result<ClientResponse> answer) {
  auto token = answer ? read_token_answer(*answer) : answer.error();
  // Which proof a server knows is found out by trying.
  if (answer && !token && !proof_known_ && proof_ == ClientProof::Header) {
    proof_ = ClientProof::Form;
    return ask();
  }
  finish(std::move(token));
}

void OAuth2Tokens::finish(Result<AccessToken> token) {
  fetching_ = false;
  kept_.reset();
  failure_.reset();
  if (!token) {
    if (!proof_known_) proof_ = ClientProof::Header;
    failure_ = Failure{token.error().within("oauth2: token_url"), now_() + kFailureHolds};
    return on_fetched_(failure_->error);
  }
  proof_known_ = true;
  kept_ = Kept{token->authorization, asking_, std::nullopt};
  if (token->lifetime) kept_->ends = now_() + *token->lifetime - kEndsEarly;
  on_fetched_(token->authorization);
}

bool OAuth2Tokens::on_refused(const std::string& authorization) {
  if (!kept_ || kept_->authorization != authorization) return true;
  if (given_up_at_ && now_() < *given_up_at_ + kGivesUpEvery) return false;
  given_up_at_ = now_();
  kept_.reset();
  return true;
}

}  // namespace agent::net
