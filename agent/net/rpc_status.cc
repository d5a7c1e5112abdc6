// google.rpc.Status and google.rpc.RetryInfo: what grpc-status-details-bin is made of.
#include <algorithm>
#include <exception>

#include <protozero/pbf_reader.hpp>
#include <protozero/pbf_writer.hpp>

#include "agent/net/grpc_frame.h"

namespace agent::net {
namespace {

// Field numbers: google/rpc/status.proto, google/protobuf/any.proto,
// google/rpc/error_details.proto, google/protobuf/duration.proto.
constexpr protozero::pbf_tag_type kStatusCode = 1, kStatusMessage = 2, kStatusDetails = 3;
constexpr protozero::pbf_tag_type kAnyTypeUrl = 1, kAnyValue = 2;
constexpr protozero::pbf_tag_type kRetryInfoDelay = 1;
constexpr protozero::pbf_tag_type kDurationSeconds = 1, kDurationNanos = 2;

constexpr std::string_view kRetryInfoType = "type.googleapis.com/google.rpc.RetryInfo";
// Only what follows the last slash names the type.
constexpr std::string_view kRetryInfoSuffix = "/google.rpc.RetryInfo";

constexpr std::int64_t kMaxSeconds = 86'400;  // of a delay: a day

using protozero::pbf_reader;
using protozero::pbf_wire_type;

// A known field with a foreign wire type is skipped like an unknown one.
bool is(const pbf_reader& reader, protozero::pbf_tag_type tag, pbf_wire_type type) {
  return reader.tag() == tag && reader.wire_type() == type;
}

std::string encode_retry_info(Duration delay) {
  std::string duration, info;
  const auto seconds = std::chrono::floor<std::chrono::seconds>(delay);
  protozero::pbf_writer duration_writer(duration);
  if (seconds.count() != 0) duration_writer.add_int64(kDurationSeconds, seconds.count());
  const auto nanos = static_cast<std::int32_t>((delay - seconds).count());
  if (nanos != 0) duration_writer.add_int32(kDurationNanos, nanos);
  protozero::pbf_writer(info).add_message(kRetryInfoDelay, duration);
  return info;
}

Duration read_duration(pbf_reader reader) {
  std::int64_t seconds = 0;
  std::int64_t nanos = 0;
  while (reader.next()) {
    if (is(reader, kDurationSeconds, pbf_wire_type::varint)) {
      seconds = reader.get_int64();
    } else if (is(reader, kDurationNanos, pbf_wire_type::varint)) {
      nanos = reader.get_int32();
    } else {
      reader.skip();
    }
  }
  const Duration delay = std::chrono::seconds(std::clamp<std::int64_t>(seconds, -1, kMaxSeconds)) +
                         Duration(std::clamp<std::int64_t>(nanos, 0, 999'999'999));
  return std::clamp<Duration>(delay, Duration::zero(), std::chrono::seconds(kMaxSeconds));
}

std::optional<Duration> read_retry_info(pbf_reader any) {
  std::string_view type, value;
  while (any.next()) {
    if (is(any, kAnyTypeUrl, pbf_wire_type::length_delimited)) {
      type = any.get_view();
    } else if (is(any, kAnyValue, pbf_wire_type::length_delimited)) {
      value = any.get_view();
    } else {
      any.skip();
    }
  }
  if (!type.ends_with(kRetryInfoSuffix)) return std::nullopt;
  Duration delay{};
  pbf_reader info(value);
  while (info.next()) {
    if (is(info, kRetryInfoDelay, pbf_wire_type::length_delimited)) {
      delay = read_duration(info.get_message());
    } else {
      info.skip();
    }
  }
  return delay;
}

}  // namespace

std::string encode_rpc_status(const RpcStatus& status) {
  std::string out;
  protozero::pbf_writer writer(out);
  if (status.code != 0) writer.add_int32(kStatusCode, status.code);
  if (!status.message.empty()) writer.add_string(kStatusMessage, status.message);
  if (status.retry_delay) {
    std::string any;
    protozero::pbf_writer any_writer(any);
    any_writer.add_string(kAnyTypeUrl, kRetryInfoType.data(), kRetryInfoType.size());
    any_writer.add_bytes(kAnyValue, encode_retry_info(*status.retry_delay));
    writer.add_message(kStatusDetails, any);
  }
  return out;
}

Result<RpcStatus> decode_rpc_status(std::string_view bytes) try {
  RpcStatus status;
  pbf_reader reader(bytes);
  while (reader.next()) {
    if (is(reader, kStatusCode, pbf_wire_type::varint)) {
      status.code = reader.get_int32();
    } else if (is(reader, kStatusMessage, pbf_wire_type::length_delimited)) {
      status.message = reader.get_string();
    } else if (is(reader, kStatusDetails, pbf_wire_type::length_delimited)) {
      if (const auto delay = read_retry_info(reader.get_message())) status.retry_delay = delay;
    } else {
      reader.skip();
    }
  }
  return status;
} catch (const std::exception& e) {
  return Error{ErrorKind::Input, std::string("google.rpc.Status: ") + e.what()};
}

}  // namespace agent::net
