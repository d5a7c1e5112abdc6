#pragma once
// A JSON document as a light tree. Values are 24 bytes, trivially copied; what they point at lies
// in a JsonPool (or in the text they were read from) and lives as long as that.
#include <cstdint>
#include <cstring>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace agent::codec {

struct JsonMember;

/// One JSON value. Members of an object are sorted bytewise by name, each name once.
class JsonValue {
 public:
  enum class Kind : std::uint8_t { Null, Boolean, Number, String, Array, Object };

  JsonValue() = default;
  static JsonValue of(bool value);
  static JsonValue of(double value);
  static JsonValue of(std::string_view text);
  static JsonValue array(std::span<const JsonValue> items);
  static JsonValue object(std::span<const JsonMember> members);

  Kind kind() const { return kind_; }
  bool is(Kind kind) const { return kind_ == kind; }
  /// Each reads its own kind; another kind gives false, 0, "" or nothing.
  bool boolean() const { return kind_ == Kind::Boolean && size_ != 0; }
  double number() const { return kind_ == Kind::Number ? content_.number : 0; }
  std::string_view text() const {
    return kind_ == Kind::String ? std::string_view(content_.text, size_) : std::string_view();
  }
  std::span<const JsonValue> items() const;
  std::span<const JsonMember> members() const;
  /// The member of that name; null pointer where there is none.
  const JsonValue* get(std::string_view name) const;

 private:
  union Content {
    double number;
    const char* text;
    const JsonValue* items;
    const JsonMember* members;
  };
  Kind kind_ = Kind::Null;
  std::size_t size_ = 0;
  Content content_{};
};

struct JsonMember {
  std::string_view name;
  JsonValue value;
};

/// Memory for trees. Chunks are kept by clear(), so a reused pool stops allocating.
class JsonPool {
 public:
  std::span<JsonValue> values(std::size_t count);
  std::span<JsonMember> members(std::size_t count);
  char* text(std::size_t size);
  std::string_view copy(std::string_view text);
  void clear();

 private:
  struct Chunk {
    std::unique_ptr<std::byte[]> bytes;
    std::size_t size = 0;
  };
  void* allocate(std::size_t size);
  std::vector<Chunk> chunks_;
  std::size_t current_ = 0;
  std::size_t used_ = 0;
};

/// Sorts `members` by name and keeps the last of those with one name, as decoders into a map do;
/// returns the part that is left.
std::span<JsonMember> sort_members(std::span<JsonMember> members);

/// Deep equality; numbers by value.
bool operator==(const JsonValue& a, const JsonValue& b);

/// Appends compact JSON: members sorted, `<` `>` `&` and U+2028/9 written as \u escapes, numbers as
/// Go's encoder writes them. Spec: logs.md 5 (json).
void append_json(std::string& out, const JsonValue& value);
/// Appends `text` as a JSON string with quotes and those escapes; bytes that are no UTF-8 become
/// U+FFFD.
void append_json_string(std::string& out, std::string_view text);
/// Appends the shortest decimal that reads back as the same double, never with an exponent
/// ("200", "12.5", "-0"). Spec: logs.md 4.3.
void append_decimal(std::string& out, double value);

}  // namespace agent::codec
