#pragma once
// Unary gRPC calls over one HTTP/2 connection in clear text or TLS, on nghttp2. Spec:
// traces.md 5.1.
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "agent/base/log.h"
#include "agent/base/result.h"
#include "agent/loop/event_loop.h"
#include "agent/loop/tcp.h"
#include "agent/model/http_client_config.h"
#include "agent/net/grpc_frame.h"
#include "agent/net/http_types.h"

namespace agent::net {

struct GrpcReply {
  GrpcCode code = GrpcCode::Unknown;
  std::string message;                  ///< grpc-message, percent-decoded
  std::string body;                     ///< the message, without its 5-byte prefix, decompressed
  std::optional<Duration> retry_delay;  ///< RetryInfo of grpc-status-details-bin
  bool from_transport = false;          ///< no server spoke: reset, GOAWAY, connection lost. Retry
};

struct GrpcRequest {
  std::string path;  ///< "/opentelemetry.proto.collector.trace.v1.TraceService/Export"
  Headers metadata;
  std::shared_ptr<const std::string> message;  ///< already compressed where `encoding` says so
  std::string encoding;                        ///< "" or "gzip"
  Duration timeout = std::chrono::seconds(10);
};

/// Connects when the first call is made and again when the connection is lost or older than 5 min
/// +- 20 %.
class GrpcClient {
 public:
  struct Config {
    loop::HostPort address;
    bool tls_enabled = false;  ///< until TLS is built here, callers refuse true with a clear error;
                               ///< every call of a client that gets it all the same is Unavailable
    model::TlsConfig tls;
    Duration connect_timeout = std::chrono::seconds(5);
    std::string user_agent;
  };
  class Call {
   public:
    struct State;
    Call() = default;
    explicit Call(std::shared_ptr<State> state) : state_(std::move(state)) {}
    Call(Call&&) noexcept = default;
    Call& operator=(Call&& other) noexcept;
    ~Call() { cancel(); }
    void cancel();

   private:
    std::shared_ptr<State> state_;
  };
  /// Always gets a reply: a lost connection is Unavailable with from_transport.
  using Done = std::function<void(GrpcReply)>;

  GrpcClient(loop::EventLoop& loop, Config config, Logger& log);
  GrpcClient(const GrpcClient&) = delete;
  GrpcClient& operator=(const GrpcClient&) = delete;
  ~GrpcClient();
  [[nodiscard]] Call start(GrpcRequest request, Done done);

 private:
  class Impl;
  std::shared_ptr<Impl> impl_;
};

}  // namespace agent::net
