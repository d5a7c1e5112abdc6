#pragma once
#include <string>

#include "agent/base/clock.h"
#include "agent/config/reader.h"
#include "agent/model/http_client_config.h"

namespace agent::net {

/// The certificate of a listener and what it asks of its clients. Texts are PEM; a file counts
/// where the text is empty, and is read again when it has changed. Spec: delivery.md 14.
struct TlsServerConfig {
  /// What a client has to show, and whether that is verified against the client CAs.
  enum class ClientAuth { None, Request, RequireAny, VerifyIfGiven, RequireAndVerify };
  /// What ALPN offers, the best first; None: it is ignored.
  enum class Protocols { None, Http };
  model::Secret cert, key;
  ClientAuth client_auth = ClientAuth::None;
  model::Secret client_ca;
  std::string min_version;  ///< TLS10 .. TLS13; "": TLS12
  std::string max_version;  ///< "": the newest
  Protocols protocols = Protocols::None;
  Duration handshake_timeout = std::chrono::seconds(10);
};

/// Reads the form of Prometheus' web configuration, which Promtail's server has as http_tls_config:
/// cert, key, client_ca (or _file), client_auth_type, min_version, max_version. Faults go into the
/// report of `in`, whose finish() is left to the caller. Nothing is opened.
TlsServerConfig read_tls_server_config(config::Reader& in);

}  // namespace agent::net
