#include "agent/net/grpc_frame.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "agent/base/base64.h"
#include "agent/base/check.h"

namespace agent::net {
namespace {

constexpr std::array<const char*, 17> kCodeNames = {
    "OK",
    "CANCELLED",
    "UNKNOWN",
    "INVALID_ARGUMENT",
    "DEADLINE_EXCEEDED",
    "NOT_FOUND",
    "ALREADY_EXISTS",
    "PERMISSION_DENIED",
    "RESOURCE_EXHAUSTED",
    "FAILED_PRECONDITION",
    "ABORTED",
    "OUT_OF_RANGE",
    "UNIMPLEMENTED",
    "INTERNAL",
    "UNAVAILABLE",
    "DATA_LOSS",
    "UNAUTHENTICATED",
};

constexpr std::string_view kHexDigits = "0123456789ABCDEF";

int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

struct TimeoutUnit {
  char letter;
  Duration length;
};
constexpr std::array<TimeoutUnit, 6> kTimeoutUnits = {{
    {'n', std::chrono::nanoseconds(1)},
    {'u', std::chrono::microseconds(1)},
    {'m', std::chrono::milliseconds(1)},
    {'S', std::chrono::seconds(1)},
    {'M', std::chrono::minutes(1)},
    {'H', std::chrono::hours(1)},
}};
constexpr std::size_t kTimeoutDigits = 8;
constexpr Duration::rep kMaxTimeoutNumber = 99'999'999;

}  // namespace

const char* to_string(GrpcCode code) { return kCodeNames.at(static_cast<std::size_t>(code)); }

std::optional<GrpcCode> parse_grpc_code(std::string_view text) {
  unsigned number = 0;
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, number);
  if (text.empty() || stop != end || error == std::errc::invalid_argument) return std::nullopt;
  if (error != std::errc{} || number >= kCodeNames.size()) return GrpcCode::Unknown;
  return static_cast<GrpcCode>(number);
}

void append_grpc_prefix(std::string& out, bool compressed, std::uint32_t length) {
  out += compressed ? '\1' : '\0';
  for (const unsigned shift : {24U, 16U, 8U, 0U})
    out += static_cast<char>((length >> shift) & 0xFFU);
}

std::string make_grpc_frame(std::string_view message, bool compressed) {
  AGENT_CHECK(message.size() <= UINT32_MAX);
  std::string out;
  out.reserve(kGrpcPrefixBytes + message.size());
  append_grpc_prefix(out, compressed, static_cast<std::uint32_t>(message.size()));
  out += message;
  return out;
}

Result<std::optional<GrpcPrefix>> read_grpc_prefix(std::string_view bytes) {
  if (bytes.size() < kGrpcPrefixBytes) return std::optional<GrpcPrefix>();
  if (bytes[0] != '\0' && bytes[0] != '\1')
    return Error{ErrorKind::Input, "the compressed flag of the gRPC message is neither 0 nor 1"};
  GrpcPrefix prefix{bytes[0] == '\1', 0};
  for (std::size_t i = 1; i < kGrpcPrefixBytes; ++i)
    prefix.length = (prefix.length << 8U) | static_cast<unsigned char>(bytes[i]);
  return std::optional(prefix);
}

std::optional<GrpcMessage> read_grpc_message(std::string_view body,
                                             std::optional<std::string_view> encoding,
                                             GrpcStatus* error) {
  const auto fail = [&](GrpcCode code, std::string message) {
    *error = {code, std::move(message)};
    return std::nullopt;
  };
  if (body.empty()) return fail(GrpcCode::Unimplemented, "the call has no message");
  const auto read = read_grpc_prefix(body);
  if (!read) return fail(GrpcCode::Internal, read.error().message);
  const auto& prefix = *read;
  if (!prefix || body.size() - kGrpcPrefixBytes < prefix->length)
    return fail(GrpcCode::Internal, "the gRPC message is cut short");
  if (body.size() - kGrpcPrefixBytes > prefix->length)
    return fail(GrpcCode::Unimplemented, "the call has more than one message");
  if (prefix->compressed && !encoding)
    return fail(GrpcCode::Internal, "the message is compressed but grpc-encoding is missing");
  return GrpcMessage{prefix->compressed, body.substr(kGrpcPrefixBytes)};
}

std::string encode_grpc_message(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (const char c : text) {
    if (c >= 0x20 && c <= 0x7e && c != '%') {
      out += c;
      continue;
    }
    const auto byte = static_cast<unsigned char>(c);
    out += '%';
    out += kHexDigits[byte >> 4U];
    out += kHexDigits[byte & 0xFU];
  }
  return out;
}

std::string decode_grpc_message(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool escape = text[i] == '%' && i + 2 < text.size() && hex_value(text[i + 1]) >= 0 &&
                        hex_value(text[i + 2]) >= 0;
    if (!escape) {
      out += text[i];
      continue;
    }
    out += static_cast<char>(hex_value(text[i + 1]) * 16 + hex_value(text[i + 2]));
    i += 2;
  }
  return out;
}

std::optional<Duration> parse_grpc_timeout(std::string_view text) {
  if (text.size() < 2 || text.size() > kTimeoutDigits + 1) return std::nullopt;
  const char* digits_end = text.data() + text.size() - 1;
  std::uint32_t number = 0;
  const auto [stop, error] = std::from_chars(text.data(), digits_end, number);
  if (error != std::errc{} || stop != digits_end) return std::nullopt;
  for (const auto& unit : kTimeoutUnits) {
    if (unit.letter != text.back()) continue;
    // 99999999 hours are more than 64 bits of nanoseconds: the longest time is as good.
    if (Duration::max() / unit.length < number) return Duration::max();
    return unit.length * number;
  }
  return std::nullopt;
}

std::string format_grpc_timeout(Duration timeout) {
  const Duration wanted = std::max(timeout, Duration::zero());
  for (const auto& unit : kTimeoutUnits) {
    const auto whole = wanted / unit.length;
    const auto number = whole + (wanted % unit.length == Duration::zero() ? 0 : 1);
    if (number <= kMaxTimeoutNumber) return std::to_string(number) + unit.letter;
  }
  return std::to_string(kMaxTimeoutNumber) + 'H';
}

Response make_grpc_reply(std::string_view message) {
  Response response;
  response.headers.add("content-type", "application/grpc");
  response.body = make_grpc_frame(message);
  response.trailers.add("grpc-status", "0");
  return response;
}

Response make_grpc_response(GrpcCode code, std::string_view message,
                            std::optional<Duration> retry_delay) {
  Response response;
  response.headers.add("content-type", "application/grpc");
  response.trailers.add("grpc-status", std::to_string(static_cast<int>(code)));
  if (!message.empty()) response.trailers.add("grpc-message", encode_grpc_message(message));
  if (retry_delay) {
    const RpcStatus status{static_cast<int>(code), std::string(message), retry_delay};
    response.trailers.add("grpc-status-details-bin",
                          encode_base64(encode_rpc_status(status), Base64Padding::None));
  }
  return response;
}

}  // namespace agent::net
