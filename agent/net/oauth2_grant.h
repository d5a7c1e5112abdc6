#pragma once
// OAuth 2.0's client credentials grant as bytes: RFC 6749 sections 2.3.1, 4.4 and 5. Pure.
#include <optional>
#include <string>

#include "agent/base/clock.h"
#include "agent/base/result.h"
#include "agent/model/http_client_config.h"
#include "agent/net/http_client.h"

namespace agent::net {

/// Where a token server wants to see who asks. RFC 6749 has the header; some know only the form.
enum class ClientProof { Header, Form };

struct ClientIdentity {
  std::string id;
  std::string secret;
  friend bool operator==(const ClientIdentity&, const ClientIdentity&) = default;
};

/// The request for a token; of who asks `config` does not count.
ClientRequest make_token_request(const model::OAuth2Config& config, const ClientIdentity& client,
                                 ClientProof proof);

struct AccessToken {
  std::string authorization;         ///< the header's value: "Bearer abc"
  std::optional<Duration> lifetime;  ///< nullopt: the server does not say
};

/// What the token server said: JSON, or a form as some old servers write. Errors: Rejected (the
/// server refused), Network (it has trouble of its own), Input (an answer without a token); none
/// repeats a token or a secret.
Result<AccessToken> read_token_answer(const ClientResponse& answer);

}  // namespace agent::net
