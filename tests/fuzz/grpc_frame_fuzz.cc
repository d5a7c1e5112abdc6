// What a gRPC peer sends besides its message: prefix, status details, message text, time-out.
#include "agent/base/base64.h"
#include "agent/base/check.h"
#include "agent/net/grpc_frame.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace agent;       // NOLINT(google-build-using-namespace): one function
  using namespace agent::net;  // NOLINT(google-build-using-namespace): one function
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  GrpcStatus error;
  const auto message = read_grpc_message(bytes, "gzip", &error);
  AGENT_CHECK(message.has_value() == (error.code == GrpcCode::Ok));
  AGENT_CHECK(decode_grpc_message(encode_grpc_message(bytes)) == bytes);
  AGENT_CHECK(decode_base64(encode_base64(bytes, Base64Padding::None)) == bytes);
  decode_grpc_message(bytes);
  parse_grpc_code(bytes);
  if (const auto timeout = parse_grpc_timeout(bytes))
    parse_grpc_timeout(format_grpc_timeout(*timeout));
  if (const auto raw = decode_base64(bytes)) {
    const auto ignored = decode_rpc_status(*raw);
    static_cast<void>(ignored);
  }
  if (const auto status = decode_rpc_status(bytes)) {
    const auto again = decode_rpc_status(encode_rpc_status(*status));
    AGENT_CHECK(again && again->retry_delay == status->retry_delay);
  }
  return 0;
}
