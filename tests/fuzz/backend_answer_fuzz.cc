// What a backend answers: status, Retry-After and body of HTTP; status, details and body of gRPC.
// What a token server answers.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "agent/export/loki_refusal.h"
#include "agent/export/retry_policy.h"
#include "agent/net/grpc_call.h"
#include "agent/net/oauth2_grant.h"

namespace {

void require(bool condition) {
  if (!condition) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace agent;
  if (size < 2) return 0;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const Timestamp now{std::chrono::seconds(1'700'000'000)};

  net::ClientResponse response;
  response.status = (data[0] << 2U) | (data[1] & 3U);
  response.body = text.substr(2);
  response.headers.add("retry-after", std::string(text.substr(2)));
  for (const auto protocol : {exporter::Protocol::LokiPush, exporter::Protocol::RemoteWrite,
                              exporter::Protocol::OtlpHttp}) {
    const auto outcome = exporter::judge_http({protocol}, response, now);
    require(outcome.message.size() <= 256);
    require(outcome.answer.size() <= 16U << 10U);
    require(outcome.at_least >= Duration::zero());
    require(outcome.at_least <= std::chrono::minutes(10));
  }

  for (const auto& ignored : exporter::read_ignored_entries(text.substr(2)))
    require(ignored.reason.size() < size && ignored.stream.size() < size);

  response.status = (data[0] & 1U) != 0 ? 200 : 401;
  const auto token = net::read_token_answer(response);
  require(token ? token->authorization.size() > 2 &&
                      token->lifetime.value_or(Duration(1)) >= Duration::zero()
                : token.error().message.size() <= 1024);

  net::GrpcCall call(std::make_shared<const std::string>(), false);
  call.on_header(":status", text.substr(2));
  call.on_header("grpc-encoding", (data[0] & 1U) != 0 ? "gzip" : "");
  call.on_header("grpc-message", text.substr(2));
  call.on_header("grpc-status-details-bin", text.substr(2));
  if ((data[0] & 2U) != 0)
    call.on_header("grpc-status", (data[0] & 4U) != 0 ? "0" : text.substr(2));
  call.on_data(text.substr(2));
  const auto outcome = exporter::judge_grpc(call.finish(data[1]));
  require(outcome.message.size() <= 256);
  require(outcome.at_least >= Duration::zero());
  return 0;
}
