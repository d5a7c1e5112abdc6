#pragma once
// Our side of TLS where others connect to us.
#include <memory>

#include "agent/base/log.h"
#include "agent/base/result.h"
#include "agent/loop/byte_stream.h"
#include "agent/loop/event_loop.h"
#include "agent/net/tls_server_config.h"
#include "agent/selfmon/metrics.h"

namespace agent::net {

/// Gives accepted streams our side of TLS. A certificate that was replaced counts for the next
/// connection; one that cannot be read is said and counted, and the old one stays.
class TlsServer {
 public:
  /// Errors: Config, naming the file that is missing or no certificate.
  /// Counts tls_handshakes_failed_total and tls_reloads_failed_total.
  static Result<std::unique_ptr<TlsServer>> make(loop::EventLoop& loop, TlsServerConfig config,
                                                 Logger& log, const selfmon::Scope& scope);
  TlsServer(const TlsServer&) = delete;
  TlsServer& operator=(const TlsServer&) = delete;
  ~TlsServer();

  /// The stream may outlive the server.
  std::unique_ptr<loop::ByteStream> wrap(std::unique_ptr<loop::ByteStream> accepted);

 private:
  class Impl;
  explicit TlsServer(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace agent::net
