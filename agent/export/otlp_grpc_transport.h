#pragma once
#include <memory>
#include <string>

#include "agent/base/log.h"
#include "agent/export/retry_policy.h"
#include "agent/export/transport.h"
#include "agent/model/otlp_exporter.h"
#include "agent/net/grpc_client.h"

namespace agent::exporter {

/// TraceService/Export over gRPC. Spec: traces.md 5.1, 5.2.
class OtlpGrpcTransport final : public Transport {
 public:
  /// `loop` and `log` outlive it. `config.tls_enabled` is refused before, where it is read.
  OtlpGrpcTransport(loop::EventLoop& loop, const model::OtlpExporterConfig& config, Logger& log);
  [[nodiscard]] std::unique_ptr<Try> send(Request request, Done done) override;
  std::vector<queue::Block> halve(const queue::Block& block) override;

 private:
  model::OtlpCompression compression_;
  Duration timeout_;
  net::Headers metadata_;
  net::GrpcClient client_;
};

/// What a reply means: the retry table, and of a success how many spans were refused.
Outcome judge_otlp_grpc(const net::GrpcReply& reply);

}  // namespace agent::exporter
