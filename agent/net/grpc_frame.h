#pragma once
// What gRPC puts on top of HTTP/2: the message prefix, the status in trailers, the time-out. Pure
// bytes, shared by server and client. Spec: traces.md 4.1, 5.1.
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "agent/base/clock.h"
#include "agent/base/result.h"
#include "agent/net/http_types.h"

namespace agent::net {

/// The codes of gRPC, by number.
enum class GrpcCode {
  Ok = 0,
  Cancelled,
  Unknown,
  InvalidArgument,
  DeadlineExceeded,
  NotFound,
  AlreadyExists,
  PermissionDenied,
  ResourceExhausted,
  FailedPrecondition,
  Aborted,
  OutOfRange,
  Unimplemented,
  Internal,
  Unavailable,
  DataLoss,
  Unauthenticated,
};
/// "UNAVAILABLE".
const char* to_string(GrpcCode code);
/// The number in `grpc-status`; Unknown for one that gRPC does not have. nullopt: no number.
std::optional<GrpcCode> parse_grpc_code(std::string_view text);

/// What the 5 bytes in front of a message say.
struct GrpcPrefix {
  bool compressed = false;
  std::uint32_t length = 0;
};
inline constexpr std::size_t kGrpcPrefixBytes = 5;

/// Appends the prefix of a message of `length` bytes.
void append_grpc_prefix(std::string& out, bool compressed, std::uint32_t length);
/// `message` behind its prefix. It is shorter than 4 GiB.
std::string make_grpc_frame(std::string_view message, bool compressed = false);
/// The first 5 bytes of `bytes`; nullopt: fewer than 5 yet. Errors: Input (a flag other than 0
/// and 1).
Result<std::optional<GrpcPrefix>> read_grpc_prefix(std::string_view bytes);

/// The one message of a unary call.
struct GrpcMessage {
  bool compressed = false;
  std::string_view payload;  ///< into the body that was read
};
/// What is wrong with a body, in the code that the answer carries.
struct GrpcStatus {
  GrpcCode code = GrpcCode::Ok;
  std::string message;
};
/// Splits a whole request or response body. On success `error->code` stays Ok. None or two
/// messages: Unimplemented; cut short, a bad flag, or compressed without `encoding` (the value of
/// grpc-encoding): Internal.
std::optional<GrpcMessage> read_grpc_message(std::string_view body,
                                             std::optional<std::string_view> encoding,
                                             GrpcStatus* error);

/// `grpc-message`: UTF-8, percent-encoded outside 0x20-0x7e and for '%'.
std::string encode_grpc_message(std::string_view text);
/// Lenient: what is no valid escape stays as it is.
std::string decode_grpc_message(std::string_view text);

/// google.rpc.Status with an optional RetryInfo among its details.
struct RpcStatus {
  int code = 0;
  std::string message;
  std::optional<Duration> retry_delay;
};
/// As protobuf bytes: the body of an OTLP/HTTP error answer, and what grpc-status-details-bin
/// holds as base64 without padding.
std::string encode_rpc_status(const RpcStatus& status);
/// Unknown fields and details are skipped. A delay below zero counts as zero, one beyond a day as a
/// day. Errors: Input.
Result<RpcStatus> decode_rpc_status(std::string_view bytes);

/// `grpc-timeout`: up to 8 digits and one of H M S m u n. nullopt: malformed.
std::optional<Duration> parse_grpc_timeout(std::string_view text);
/// In the finest unit that fits in 8 digits; rounded up.
std::string format_grpc_timeout(Duration timeout);

/// The answer of a call that went well: one message.
Response make_grpc_reply(std::string_view message);
/// The answer of a call that failed, trailers-only; with a delay in RetryInfo where one is given.
Response make_grpc_response(GrpcCode code, std::string_view message,
                            std::optional<Duration> retry_delay = std::nullopt);

}  // namespace agent::net
