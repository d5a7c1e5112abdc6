#include "agent/logs/sources/gelf_message.h"

#include <cmath>
#include <limits>

#include "agent/codec/compression.h"
#include "agent/codec/float_text.h"
#include "agent/codec/json.h"

namespace agent::logs {
namespace {

using codec::JsonValue;

constexpr double kLatestSeconds = 9e9;  // what nanoseconds in 64 bits can count

Error wrong_type(std::string_view field) {
  return {ErrorKind::Input, "invalid type for field " + std::string(field)};
}

Status read_text(const JsonValue& object, std::string_view field, std::string& out) {
  const JsonValue* value = object.get(field);
  if (value == nullptr) return {};
  if (!value->is(JsonValue::Kind::String)) return wrong_type(field);
  out = value->text();
  return {};
}

Status read_number(const JsonValue& object, std::string_view field, double& out) {
  const JsonValue* value = object.get(field);
  if (value == nullptr) return {};
  if (value->is(JsonValue::Kind::Number)) {
    out = value->number();
    return {};
  }
  const auto parsed = codec::parse_float(value->text());
  if (!parsed || !std::isfinite(*parsed)) return wrong_type(field);
  out = *parsed;
  return {};
}

// Doubles of our time know a quarter of a microsecond.
std::optional<Timestamp> time_of(double seconds) {
  if (seconds <= 0 || seconds > kLatestSeconds) return std::nullopt;
  return Timestamp(std::chrono::microseconds(std::llround(seconds * 1e6)));
}

void append_member(std::string& out, std::string_view name, const JsonValue& value) {
  out += out.empty() ? '{' : ',';
  codec::append_json_string(out, name);
  out += ':';
  codec::append_json(out, value);
}

}  // namespace

Result<std::string> unpack_gelf(std::string_view payload, std::uint64_t limit_bytes) {
  const auto byte = [&](std::size_t at) -> unsigned {
    return at < payload.size() ? static_cast<unsigned char>(payload[at]) : 0;
  };
  const bool gzip = byte(0) == 0x1f && byte(1) == 0x8b;
  const bool zlib = (byte(0) & 0x0fU) == 8 && (byte(0) * 256 + byte(1)) % 31 == 0;
  if (gzip || zlib) return codec::gzip_uncompress(payload, limit_bytes);
  return std::string(payload);
}

Result<GelfMessage> parse_gelf(std::string_view json, codec::JsonPool& pool) {
  while (json.ends_with('\0'))
    json.remove_suffix(1);  // the end of a message over TCP, sent with datagrams as well
  const auto parsed = codec::parse_json(json, pool);
  if (!parsed) return parsed.error();
  if (!parsed->is(JsonValue::Kind::Object)) return Error{ErrorKind::Input, "no JSON object"};
  GelfMessage out;
  std::string short_text;
  std::string full_text;
  double seconds = 0;
  double level = 0;
  Status read = read_text(*parsed, "version", out.version);
  if (read) read = read_text(*parsed, "host", out.host);
  if (read) read = read_text(*parsed, "short_message", short_text);
  if (read) read = read_text(*parsed, "full_message", full_text);
  if (read) read = read_text(*parsed, "facility", out.facility);
  if (read) read = read_number(*parsed, "timestamp", seconds);
  if (read) read = read_number(*parsed, "level", level);
  if (!read) return read.error();
  constexpr double kMost = std::numeric_limits<int>::max();
  out.level = static_cast<int>(std::min(std::max(level, -kMost), kMost));
  out.time = time_of(seconds);

  append_member(out.line, "version", JsonValue::of(std::string_view(out.version)));
  append_member(out.line, "host", JsonValue::of(std::string_view(out.host)));
  append_member(out.line, "short_message", JsonValue::of(std::string_view(short_text)));
  if (!full_text.empty())
    append_member(out.line, "full_message", JsonValue::of(std::string_view(full_text)));
  append_member(out.line, "timestamp", JsonValue::of(seconds));
  if (out.level != 0) append_member(out.line, "level", JsonValue::of(double{1} * out.level));
  if (!out.facility.empty())
    append_member(out.line, "facility", JsonValue::of(std::string_view(out.facility)));
  for (const auto& member : parsed->members())  // sorted by name
    if (member.name.starts_with('_')) append_member(out.line, member.name, member.value);
  out.line += '}';
  return out;
}

}  // namespace agent::logs
