#pragma once
// OTLP over HTTP and gRPC on our listeners. Spec: traces.md 2, 4.
//
// DESIGN. Both transports are routes of the same net::HttpServer, so that a client that has the
// wrong port is served all the same. A request is answered before its handler returns: the sink
// takes the batch or it does not, and what was refused is the client's to send again.
#include <string>

#include "agent/base/clock.h"
#include "agent/base/random.h"
#include "agent/model/sink.h"
#include "agent/model/span_batch.h"
#include "agent/model/status.h"
#include "agent/net/http_server.h"
#include "agent/selfmon/ledger.h"
#include "agent/traces/otlp_intake.h"

namespace agent::traces {

/// Answers OTLP requests for traces. The servers it is installed on stop before it goes.
class OtlpReceiver {
 public:
  struct Limits {
    std::uint64_t max_grpc_bytes = 16U << 20U;  ///< of a message, before and after decompression
    std::uint64_t max_http_bytes = 20U << 20U;  ///< of a body, before and after decompression
    std::string traces_path = "/v1/traces";
  };
  /// What a receiver needs from around it; all outlive it.
  struct Environment {
    model::Sink<model::SpanBatch>& sink;
    selfmon::Ledger& ledger;
    const Clock& clock;
    Random& random;
  };

  OtlpReceiver(Limits limits, const Environment& environment);
  OtlpReceiver(const OtlpReceiver&) = delete;
  OtlpReceiver& operator=(const OtlpReceiver&) = delete;

  /// Adds the routes: POST traces_path, TraceService/Export, the gRPC health check, UNIMPLEMENTED
  /// for other gRPC calls.
  void install(net::HttpServer& server);
  /// Takes the routes away again, for a server that outlives this receiver.
  void uninstall(net::HttpServer& server);
  /// From now on answers "try again" to everything: the process is stopping.
  void stop() { intake_.stop(); }
  model::ReceiverStatus status() const;

  /// The answer to one OTLP/HTTP POST, and to one gRPC call of TraceService/Export.
  net::Response answer_http(net::Request request);
  net::Response answer_grpc(const net::Request& request);

 private:
  Limits limits_;
  OtlpIntake intake_;
  std::string name_ = "otlp";
  std::uint64_t requests_ = 0;
  std::uint64_t refused_ = 0;
};

/// grpc.health.v1.Health/Check: serving for "" and TraceService. Spec: traces.md 4.1.
net::Response answer_health_check(const net::Request& request);

}  // namespace agent::traces
