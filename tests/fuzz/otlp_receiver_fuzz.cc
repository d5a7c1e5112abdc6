// Bodies of OTLP requests, in every encoding: an answer comes, and the ledger holds. The first byte
// chooses transport, content type and compression.
#include <cstdint>
#include <string>

#include "agent/base/check.h"
#include "agent/traces/otlp_receiver.h"

namespace {

class Counting final : public agent::model::Sink<agent::model::SpanBatch> {
 public:
  agent::model::Push push(agent::model::SpanBatch&& batch) override {
    const auto counted = agent::codec::count_spans(batch.otlp);
    AGENT_CHECK(counted && *counted == batch.spans && batch.spans > 0);
    spans += batch.spans;
    return agent::model::Push::Taken;
  }
  std::uint64_t spans = 0;
};

agent::net::Request make_request(unsigned char choice, std::string body) {
  constexpr const char* kCodings[] = {"", "gzip", "zstd", "deflate"};
  constexpr const char* kTypes[] = {"application/x-protobuf", "application/json"};
  const bool grpc = (choice & 1U) != 0;
  agent::net::Request request;
  request.http2 = grpc;
  request.headers.add("content-type", grpc ? "application/grpc" : kTypes[choice >> 1U & 1U]);
  const char* const coding = kCodings[choice >> 2U & 3U];
  if (*coding != '\0') request.headers.add(grpc ? "grpc-encoding" : "content-encoding", coding);
  request.body = std::move(body);
  return request;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  Counting sink;
  const agent::selfmon::Scope scope;
  agent::selfmon::Ledger ledger("traces", scope);
  const agent::SystemClock clock;
  agent::Random random(1);
  agent::traces::OtlpReceiver receiver({1U << 16U, 1U << 16U, "/v1/traces"},
                                       {sink, ledger, clock, random});
  auto request =
      make_request(data[0], std::string(reinterpret_cast<const char*>(data) + 1, size - 1));
  const auto response =
      request.http2 ? receiver.answer_grpc(request) : receiver.answer_http(std::move(request));
  AGENT_CHECK(response.status >= 200);
  AGENT_CHECK(ledger.in("otlp").value() ==
              sink.spans + ledger.dropped().reason("invalid_id").value());
  return 0;
}
