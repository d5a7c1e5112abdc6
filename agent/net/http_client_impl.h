#pragma once
// HttpClient from the inside: what its two halves share. http_client.cc has libcurl and the loop,
// http_client_request.cc a request on its way to an answer.
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include <curl/curl.h>

#include "agent/loop/poll.h"
#include "agent/net/curl_transfer.h"
#include "agent/net/http_client.h"
#include "agent/net/oauth2_tokens.h"
#include "agent/net/secret_source.h"
#include "agent/net/url.h"

namespace agent::net {

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

}  // namespace agent::net
