#pragma once
#include <memory>
#include <string>

#include "agent/export/retry_policy.h"
#include "agent/export/transport.h"
#include "agent/model/otlp_exporter.h"
#include "agent/net/http_client.h"

namespace agent::exporter {

/// OTLP/HTTP with protobuf bodies. Spec: traces.md 5.2, 5.3.
class OtlpHttpTransport final : public Transport {
 public:
  /// `loop` and `clock` outlive it.
  OtlpHttpTransport(loop::EventLoop& loop, const model::OtlpExporterConfig& config,
                    const Clock& clock);
  [[nodiscard]] std::unique_ptr<Try> send(Request request, Done done) override;
  std::vector<queue::Block> halve(const queue::Block& block) override;

 private:
  const Clock& clock_;
  std::string url_;
  model::OtlpCompression compression_;
  Duration timeout_;
  net::Headers headers_;
  net::HttpClient client_;
};

/// What an answer means: the retry table, and of a success how many spans were refused.
Outcome judge_otlp_http(const Result<net::ClientResponse>& answer, Timestamp now);

}  // namespace agent::exporter
