#include "agent/codec/json_value.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <utility>

#include "agent/base/strings.h"

namespace agent::codec {
namespace {

constexpr std::size_t kChunkBytes = 16'384;

// The digits of a double, shortest form: value = 0.d1d2d3... * 10^point.
struct Digits {
  char digits[20] = {};
  int count = 0;
  int point = 0;
};

Digits shortest(double magnitude) {
  char text[40];
  const auto end =
      std::to_chars(text, text + sizeof text, magnitude, std::chars_format::scientific).ptr;
  Digits out;
  const char* at = text;
  for (; at != end && *at != 'e'; ++at)
    if (*at != '.') out.digits[out.count++] = *at;
  while (out.count > 1 && out.digits[out.count - 1] == '0')
    --out.count;
  int exponent = 0;
  if (at != end) {
    ++at;
    if (at != end && *at == '+') ++at;
    std::from_chars(at, end, exponent);
  }
  out.point = exponent + 1;
  return out;
}

void append_json_number(std::string& out, double value) {
  const double magnitude = std::fabs(value);
  if (magnitude == 0 || (magnitude >= 1e-6 && magnitude < 1e21)) {
    append_decimal(out, value);
    return;
  }
  const Digits digits = shortest(magnitude);
  if (value < 0) out += '-';
  out += digits.digits[0];
  if (digits.count > 1) {
    out += '.';
    out.append(digits.digits + 1, static_cast<std::size_t>(digits.count - 1));
  }
  const int exponent = digits.point - 1;
  out += exponent < 0 ? "e-" : "e+";
  out += std::to_string(std::abs(exponent));
}

}  // namespace

JsonValue JsonValue::of(bool value) {
  JsonValue out;
  out.kind_ = Kind::Boolean;
  out.size_ = value ? 1 : 0;
  return out;
}

JsonValue JsonValue::of(double value) {
  JsonValue out;
  out.kind_ = Kind::Number;
  out.content_.number = value;
  return out;
}

JsonValue JsonValue::of(std::string_view text) {
  JsonValue out;
  out.kind_ = Kind::String;
  out.size_ = text.size();
  out.content_.text = text.data();
  return out;
}

JsonValue JsonValue::array(std::span<const JsonValue> items) {
  JsonValue out;
  out.kind_ = Kind::Array;
  out.size_ = items.size();
  out.content_.items = items.data();
  return out;
}

JsonValue JsonValue::object(std::span<const JsonMember> members) {
  JsonValue out;
  out.kind_ = Kind::Object;
  out.size_ = members.size();
  out.content_.members = members.data();
  return out;
}

std::span<const JsonValue> JsonValue::items() const {
  if (kind_ != Kind::Array) return {};
  return {content_.items, size_};
}

std::span<const JsonMember> JsonValue::members() const {
  if (kind_ != Kind::Object) return {};
  return {content_.members, size_};
}

const JsonValue* JsonValue::get(std::string_view name) const {
  const auto all = members();
  const auto at = std::lower_bound(
      all.begin(), all.end(), name,
      [](const JsonMember& member, std::string_view wanted) { return member.name < wanted; });
  return at != all.end() && at->name == name ? &at->value : nullptr;
}

void* JsonPool::allocate(std::size_t size) {
  size = (size + 7) / 8 * 8;
  while (current_ < chunks_.size() && chunks_[current_].size - used_ < size) {
    ++current_;
    used_ = 0;
  }
  if (current_ == chunks_.size()) {
    const std::size_t bytes = std::max(size, kChunkBytes);
    chunks_.push_back({std::make_unique<std::byte[]>(bytes), bytes});
    used_ = 0;
  }
  std::byte* out = chunks_[current_].bytes.get() + used_;
  used_ += size;
  return out;
}

std::span<JsonValue> JsonPool::values(std::size_t count) {
  auto* at = static_cast<JsonValue*>(allocate(count * sizeof(JsonValue)));
  std::uninitialized_default_construct_n(at, count);
  return {at, count};
}

std::span<JsonMember> JsonPool::members(std::size_t count) {
  auto* at = static_cast<JsonMember*>(allocate(count * sizeof(JsonMember)));
  std::uninitialized_default_construct_n(at, count);
  return {at, count};
}

char* JsonPool::text(std::size_t size) { return static_cast<char*>(allocate(size)); }

std::string_view JsonPool::copy(std::string_view from) {
  if (from.empty()) return {};
  char* at = text(from.size());
  std::memcpy(at, from.data(), from.size());
  return {at, from.size()};
}

void JsonPool::clear() {
  current_ = 0;
  used_ = 0;
}

std::span<JsonMember> sort_members(std::span<JsonMember> members) {
  constexpr std::size_t kFew = 64;
  const auto by_name = [](const JsonMember& a, const JsonMember& b) { return a.name < b.name; };
  if (members.size() > kFew) {
    std::stable_sort(members.begin(), members.end(), by_name);
  } else {  // by insertion, as stable_sort allocates whatever the size
    for (auto at = members.begin(); at != members.end(); ++at)
      std::rotate(std::upper_bound(members.begin(), at, *at, by_name), at, at + 1);
  }
  std::size_t kept = 0;
  for (std::size_t i = 0; i < members.size(); ++i) {
    if (kept > 0 && members[kept - 1].name == members[i].name) --kept;
    members[kept++] = members[i];
  }
  return members.first(kept);
}

bool operator==(const JsonValue& a, const JsonValue& b) {
  if (a.kind() != b.kind()) return false;
  switch (a.kind()) {
    case JsonValue::Kind::Null:
      return true;
    case JsonValue::Kind::Boolean:
      return a.boolean() == b.boolean();
    case JsonValue::Kind::Number:
      return a.number() == b.number();
    case JsonValue::Kind::String:
      return a.text() == b.text();
    case JsonValue::Kind::Array:
      return std::equal(a.items().begin(), a.items().end(), b.items().begin(), b.items().end());
    case JsonValue::Kind::Object:
      return std::equal(a.members().begin(), a.members().end(), b.members().begin(),
                        b.members().end(), [](const JsonMember& x, const JsonMember& y) {
                          return x.name == y.name && x.value == y.value;
                        });
  }
  return false;
}

namespace {

// A character that Go's encoder escapes beyond what JSON asks for, so that the text may stand in a
// page: <, >, &, U+2028, U+2029.
struct ScriptEscape {
  std::size_t at = 0;
  std::size_t bytes = 0;
  std::string_view escape;
};

// The first one in `text`, or its end.
ScriptEscape find_script_escape(std::string_view text) {
  for (std::size_t at = 0;; ++at) {
    at = text.find_first_of("<>&\xe2", at);
    if (at == std::string_view::npos) return {text.size(), 0, {}};
    const std::string_view rest = text.substr(at);
    if (rest[0] == '<') return {at, 1, "\\u003c"};
    if (rest[0] == '>') return {at, 1, "\\u003e"};
    if (rest[0] == '&') return {at, 1, "\\u0026"};
    if (rest.starts_with("\xe2\x80\xa8")) return {at, 3, "\\u2028"};
    if (rest.starts_with("\xe2\x80\xa9")) return {at, 3, "\\u2029"};
  }
}

}  // namespace

void append_json_string(std::string& out, std::string_view text) {
  out += '"';
  while (!text.empty()) {
    const ScriptEscape next = find_script_escape(text);
    append_json_escaped(out, text.substr(0, next.at));
    out += next.escape;
    text.remove_prefix(next.at + next.bytes);
  }
  out += '"';
}

void append_json(std::string& out, const JsonValue& value) {
  switch (value.kind()) {
    case JsonValue::Kind::Null:
      out += "null";
      return;
    case JsonValue::Kind::Boolean:
      out += value.boolean() ? "true" : "false";
      return;
    case JsonValue::Kind::Number:
      append_json_number(out, value.number());
      return;
    case JsonValue::Kind::String:
      append_json_string(out, value.text());
      return;
    case JsonValue::Kind::Array: {
      out += '[';
      bool first = true;
      for (const JsonValue& item : value.items()) {
        if (!std::exchange(first, false)) out += ',';
        append_json(out, item);
      }
      out += ']';
      return;
    }
    case JsonValue::Kind::Object: {
      out += '{';
      bool first = true;
      for (const JsonMember& member : value.members()) {
        if (!std::exchange(first, false)) out += ',';
        append_json_string(out, member.name);
        out += ':';
        append_json(out, member.value);
      }
      out += '}';
      return;
    }
  }
}

void append_decimal(std::string& out, double value) {
  if (std::isnan(value)) {
    out += "NaN";
    return;
  }
  if (std::signbit(value)) out += '-';
  if (std::isinf(value)) {
    out += std::signbit(value) ? "Inf" : "+Inf";
    return;
  }
  const Digits digits = shortest(std::fabs(value));
  const auto count = static_cast<std::size_t>(digits.count);
  if (digits.point <= 0 && value != 0) {
    out += "0.";
    out.append(static_cast<std::size_t>(-digits.point), '0');
    out.append(digits.digits, count);
    return;
  }
  const auto whole = static_cast<std::size_t>(std::max(digits.point, 1));
  if (whole >= count) {
    out.append(digits.digits, count);
    out.append(whole - count, '0');
    return;
  }
  out.append(digits.digits, whole);
  out += '.';
  out.append(digits.digits + whole, count - whole);
}

}  // namespace agent::codec
