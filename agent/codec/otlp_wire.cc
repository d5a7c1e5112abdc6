#include "agent/codec/otlp_wire.h"

#include <bit>

namespace agent::codec {
namespace {

static_assert(std::endian::native == std::endian::little, "fixed fields are copied as they stand");

constexpr int kMaxGroupDepth = 64;

void append_tag(std::string& out, std::uint32_t number, WireType type) {
  append_varint(out, (static_cast<std::uint64_t>(number) << 3U) | static_cast<std::uint64_t>(type));
}

template <typename T>
void append_little_endian(std::string& out, T value) {
  char bytes[sizeof value];
  std::memcpy(bytes, &value, sizeof value);
  out.append(bytes, sizeof bytes);
}

}  // namespace

bool WireReader::read_long_varint(std::uint64_t& value) {
  value = 0;
  for (unsigned shift = 0; shift < 64 && at_ != end_; shift += 7) {
    const auto byte = static_cast<unsigned char>(*at_++);
    if (shift == 63 && byte > 1) return false;
    value |= static_cast<std::uint64_t>(byte & 0x7FU) << shift;
    if (byte < 0x80) return true;
  }
  return false;
}

bool WireReader::skip_group(std::uint32_t number) {
  std::uint32_t open[kMaxGroupDepth] = {number};
  int depth = 1;
  WireField field;
  while (depth > 0) {
    if (at_ == end_ || !read_head(field)) return false;
    if (field.type == WireType::Group) {
      if (depth == kMaxGroupDepth) return false;
      open[depth++] = field.number;
    } else if (field.type == WireType::GroupEnd) {
      if (field.number != open[--depth]) return false;
    } else if (!read_payload(field)) {
      return false;
    }
  }
  return true;
}

std::size_t varint_size(std::uint64_t value) {
  return (static_cast<std::size_t>(std::bit_width(value | 1U)) + 6) / 7;
}

void append_varint(std::string& out, std::uint64_t value) {
  while (value >= 0x80) {
    out.push_back(static_cast<char>(static_cast<unsigned char>(value | 0x80U)));
    value >>= 7U;
  }
  out.push_back(static_cast<char>(value));
}

void append_varint_field(std::string& out, std::uint32_t number, std::uint64_t value) {
  append_tag(out, number, WireType::Varint);
  append_varint(out, value);
}

void append_fixed64_field(std::string& out, std::uint32_t number, std::uint64_t value) {
  append_tag(out, number, WireType::Fixed64);
  append_little_endian(out, value);
}

void append_fixed32_field(std::string& out, std::uint32_t number, std::uint32_t value) {
  append_tag(out, number, WireType::Fixed32);
  append_little_endian(out, value);
}

void append_bytes_field(std::string& out, std::uint32_t number, std::string_view bytes) {
  append_tag(out, number, WireType::Length);
  append_varint(out, bytes.size());
  out += bytes;
}

std::size_t begin_message(std::string& out, std::uint32_t number) {
  append_tag(out, number, WireType::Length);
  out.push_back('\0');  // most lengths need one byte
  return out.size();
}

void end_message(std::string& out, std::size_t begun) {
  const std::size_t length = out.size() - begun;
  char prefix[10];
  std::size_t used = 0;
  for (std::size_t rest = length; used == 0 || rest > 0; rest >>= 7U)
    prefix[used++] = static_cast<char>((rest & 0x7FU) | (rest >= 0x80 ? 0x80U : 0U));
  out.replace(begun - 1, 1, prefix, used);
}

}  // namespace agent::codec
