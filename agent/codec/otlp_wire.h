#pragma once
// The wire format of protobuf, read in place and written by hand: what OTLP is copied with. Nothing
// is decoded that nobody asked for, nothing allocates, nothing throws. Spec: traces.md 3.2.
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

namespace agent::codec {

enum class WireType : std::uint8_t {
  Varint = 0,
  Fixed64 = 1,
  Length = 2,
  Group = 3,
  GroupEnd = 4,
  Fixed32 = 5
};

/// One field of a message, as views into it.
struct WireField {
  std::uint32_t number = 0;
  WireType type = WireType::Varint;
  std::string_view bytes;   ///< content of a Length field
  std::uint64_t value = 0;  ///< of Varint, Fixed64 and Fixed32
  std::string_view whole;   ///< the field with its tag, as it stands in the message

  bool is(std::uint32_t wanted, WireType wanted_type) const {
    return number == wanted && type == wanted_type;
  }
};

/// Walks the fields of one message. Groups come as one field (`whole` only).
class WireReader {
 public:
  WireReader() = default;
  explicit WireReader(std::string_view message)
      : at_(message.data()), end_(message.data() + message.size()) {}

  /// The next field; false at the end and where the bytes are malformed: ask failed().
  bool next(WireField& field) {
    if (at_ == end_) return false;
    const char* const start = at_;
    if (!read_head(field) || !read_payload(field)) return fail();
    field.whole = {start, static_cast<std::size_t>(at_ - start)};
    return true;
  }
  /// A varint above 64 bits, a length past the end, field number 0, a group that is not closed.
  bool failed() const { return failed_; }

 private:
  static constexpr std::uint64_t kMaxTag = 0xFFFF'FFFFU;

  bool fail() {
    failed_ = true;
    at_ = end_;
    return false;
  }
  bool read_head(WireField& field) {
    std::uint64_t tag = 0;
    if (!read_varint(tag) || tag > kMaxTag || tag < 8) return false;
    field.number = static_cast<std::uint32_t>(tag >> 3U);
    field.type = static_cast<WireType>(tag & 7U);
    return true;
  }
  bool read_payload(WireField& field) {
    switch (field.type) {
      case WireType::Varint:
        return read_varint(field.value);
      case WireType::Length:
        return read_varint(field.value) && read_bytes(field.value, field.bytes);
      case WireType::Fixed64:
        return read_fixed<std::uint64_t>(field.value);
      case WireType::Fixed32:
        return read_fixed<std::uint32_t>(field.value);
      case WireType::Group:
        return skip_group(field.number);
      default:
        return false;
    }
  }
  bool read_varint(std::uint64_t& value) {
    if (at_ != end_ && static_cast<unsigned char>(*at_) < 0x80) {
      value = static_cast<unsigned char>(*at_++);
      return true;
    }
    return read_long_varint(value);
  }
  bool read_bytes(std::uint64_t size, std::string_view& bytes) {
    if (size > static_cast<std::uint64_t>(end_ - at_)) return false;
    bytes = {at_, static_cast<std::size_t>(size)};
    at_ += size;
    return true;
  }
  template <typename T>
  bool read_fixed(std::uint64_t& value) {
    std::string_view bytes;
    if (!read_bytes(sizeof(T), bytes)) return false;
    T little{};
    std::memcpy(&little, bytes.data(), sizeof little);
    value = little;
    return true;
  }
  bool read_long_varint(std::uint64_t& value);
  bool skip_group(std::uint32_t number);

  const char* at_ = nullptr;
  const char* end_ = nullptr;
  bool failed_ = false;
};

std::size_t varint_size(std::uint64_t value);
void append_varint(std::string& out, std::uint64_t value);
/// Tag and value. Unlike proto3's encoders, zero is written too.
void append_varint_field(std::string& out, std::uint32_t number, std::uint64_t value);
void append_fixed64_field(std::string& out, std::uint32_t number, std::uint64_t value);
void append_fixed32_field(std::string& out, std::uint32_t number, std::uint32_t value);
void append_bytes_field(std::string& out, std::uint32_t number, std::string_view bytes);

/// A message inside a message that is written straight into `out`: begin_message, then its fields,
/// then end_message with what begin_message returned, which puts the length in front.
std::size_t begin_message(std::string& out, std::uint32_t number);
void end_message(std::string& out, std::size_t begun);

}  // namespace agent::codec
