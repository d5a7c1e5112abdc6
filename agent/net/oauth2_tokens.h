#pragma once
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "agent/base/clock.h"
#include "agent/base/result.h"
#include "agent/loop/event_loop.h"
#include "agent/model/http_client_config.h"
#include "agent/net/http_client.h"
#include "agent/net/oauth2_grant.h"
#include "agent/net/secret_source.h"

namespace agent::net {

/// The access token of one client: fetched when it is first asked for, kept until shortly before
/// its end, one request at a time. Another client id or secret (a file has changed) means
/// another token. Loop thread.
class OAuth2Tokens {
 public:
  /// The value of an Authorization header, or why there is none.
  using Done = std::function<void(const Result<std::string>&)>;
  using Now = std::function<SteadyTime()>;

  /// `on_fetched` ends each fetch(); it must not destroy this.
  OAuth2Tokens(loop::EventLoop& loop, const model::OAuth2Config& config, Now now, Done on_fetched);

  /// The value to send now; "" where a token has to be fetched first. Errors: Io (the file of the
  /// client's id or secret), and that of the last fetch for a second after it, which spares a token
  /// server in trouble the requests of a thousand targets.
  Result<std::string> current();
  /// Asks the token server, unless that is under way.
  void fetch();
  /// A server answered 401 to `authorization`. True where another token may help: this one is given
  /// up (at most once in ten seconds), or there is a newer one.
  bool on_refused(const std::string& authorization);

 private:
  struct Kept {
    std::string authorization;
    ClientIdentity client;  // it was got with
    std::optional<SteadyTime> ends;
  };
  struct Failure {
    Error error;
    SteadyTime until;
  };

  Result<ClientIdentity> who_asks();
  void ask();
  void on_answer(Result<ClientResponse> answer);
  void finish(Result<AccessToken> token);

  model::OAuth2Config config_;
  Now now_;
  Done on_fetched_;
  HttpClient http_;
  SecretSource secrets_;
  HttpClient::Call call_;
  bool fetching_ = false;
  ClientIdentity asking_;  // who asks in the request under way
  ClientProof proof_ = ClientProof::Header;
  bool proof_known_ = false;  // a token was got with proof_
  std::optional<Kept> kept_;
  std::optional<Failure> failure_;
  std::optional<SteadyTime> given_up_at_;
};

}  // namespace agent::net
