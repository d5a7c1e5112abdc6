#include "agent/export/otlp_http_transport.h"

#include <utility>

#include "agent/base/version.h"
#include "agent/export/otlp_payload.h"

namespace agent::exporter {
namespace {

constexpr const char* kProtobuf = "application/x-protobuf";

class HttpTry final : public Transport::Try {
 public:
  explicit HttpTry(net::HttpClient::Call call) : call_(std::move(call)) {}

 private:
  net::HttpClient::Call call_;
};

model::HttpClientConfig client_config(const model::OtlpExporterConfig& config) {
  model::HttpClientConfig out;
  out.tls = config.tls;
  return out;
}

}  // namespace

OtlpHttpTransport::OtlpHttpTransport(loop::EventLoop& loop, const model::OtlpExporterConfig& config,
                                     const Clock& clock)
    : clock_(clock),
      url_(config.url),
      compression_(config.compression),
      timeout_(config.timeout),
      headers_({{"content-type", kProtobuf}, {"user-agent", std::string("dunlin/") + kVersion}}),
      client_(loop, client_config(config)) {
  for (const auto& [name, value] : config.headers)
    headers_.set(name, value);
}

std::unique_ptr<Transport::Try> OtlpHttpTransport::send(Request request, Done done) {
  net::ClientRequest post;
  post.method = "POST";
  post.url = url_;
  post.headers = headers_;
  const auto encoding = otlp_payload_encoding(*request.payload, compression_);
  if (!encoding.empty()) post.headers.set("content-encoding", std::string(encoding));
  post.body = std::move(request.payload);
  post.timeout = timeout_;
  return std::make_unique<HttpTry>(client_.start(
      std::move(post), [this, done = std::move(done)](const Result<net::ClientResponse>& answer) {
        done(judge_otlp_http(answer, clock_.wall_now()));
      }));
}

std::vector<queue::Block> OtlpHttpTransport::halve(const queue::Block& block) {
  return halve_otlp_block(block, compression_);
}

Outcome judge_otlp_http(const Result<net::ClientResponse>& answer, Timestamp now) {
  RetryOptions options;
  options.protocol = Protocol::OtlpHttp;
  Outcome outcome = judge_http(options, answer, now);
  if (outcome.kind != Outcome::Kind::Delivered) return outcome;
  // The answer has the encoding of the request; a proxy's own page says nothing about spans.
  const auto type = answer->headers.get("content-type");
  if (!type || !type->starts_with(kProtobuf)) return outcome;
  OtlpPartialSuccess partial = read_otlp_response(answer->body);
  outcome.rejected = partial.rejected;
  if (partial.rejected > 0) outcome.reason = "backend_rejected";
  outcome.message = std::move(partial.message);
  return outcome;
}

}  // namespace agent::exporter
