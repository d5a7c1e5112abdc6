#include "agent/export/otlp_grpc_transport.h"

#include <utility>

#include "agent/base/check.h"
#include "agent/base/strings.h"
#include "agent/base/version.h"
#include "agent/export/otlp_payload.h"

namespace agent::exporter {
namespace {

constexpr const char* kExportPath = "/opentelemetry.proto.collector.trace.v1.TraceService/Export";

class GrpcTry final : public Transport::Try {
 public:
  explicit GrpcTry(net::GrpcClient::Call call) : call_(std::move(call)) {}

 private:
  net::GrpcClient::Call call_;
};

net::GrpcClient::Config client_config(const model::OtlpExporterConfig& config) {
  AGENT_CHECK(!config.tls_enabled);
  net::GrpcClient::Config out;
  out.address = {config.host, config.port};
  out.user_agent = std::string("dunlin/") + kVersion;
  return out;
}

}  // namespace

OtlpGrpcTransport::OtlpGrpcTransport(loop::EventLoop& loop, const model::OtlpExporterConfig& config,
                                     Logger& log)
    : compression_(config.compression),
      timeout_(config.timeout),
      client_(loop, client_config(config), log) {
  for (const auto& [name, value] : config.headers)
    metadata_.add(to_lower(name), value);
}

std::unique_ptr<Transport::Try> OtlpGrpcTransport::send(Request request, Done done) {
  net::GrpcRequest call;
  call.path = kExportPath;
  call.metadata = metadata_;
  call.encoding = otlp_payload_encoding(*request.payload, compression_);
  call.message = std::move(request.payload);
  call.timeout = timeout_;
  return std::make_unique<GrpcTry>(client_.start(
      std::move(call),
      [done = std::move(done)](const net::GrpcReply& reply) { done(judge_otlp_grpc(reply)); }));
}

std::vector<queue::Block> OtlpGrpcTransport::halve(const queue::Block& block) {
  return halve_otlp_block(block, compression_);
}

Outcome judge_otlp_grpc(const net::GrpcReply& reply) {
  Outcome outcome = judge_grpc(reply);
  if (outcome.kind != Outcome::Kind::Delivered) return outcome;
  OtlpPartialSuccess partial = read_otlp_response(reply.body);
  outcome.rejected = partial.rejected;
  if (partial.rejected > 0) outcome.reason = "backend_rejected";
  outcome.message = std::move(partial.message);
  return outcome;
}

}  // namespace agent::exporter
