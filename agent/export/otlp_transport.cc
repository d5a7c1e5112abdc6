#include "agent/export/otlp_transport.h"

#include "agent/export/otlp_grpc_transport.h"
#include "agent/export/otlp_http_transport.h"

namespace agent::exporter {

std::unique_ptr<Transport> make_otlp_transport(const model::OtlpExporterConfig& config,
                                               loop::EventLoop& loop, const Clock& clock,
                                               Logger& log) {
  if (config.protocol == model::OtlpProtocol::Http)
    return std::make_unique<OtlpHttpTransport>(loop, config, clock);
  return std::make_unique<OtlpGrpcTransport>(loop, config, log);
}

}  // namespace agent::exporter
