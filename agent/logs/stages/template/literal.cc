#include "agent/logs/stages/template/literal.h"

#include <charconv>
#include <cmath>
#include <limits>

#include "agent/base/strings.h"
#include "agent/logs/stages/template/utf8.h"

namespace agent::logs::templates {
namespace {

// Takes the underscores out; false where one does not stand between digits or behind a prefix.
bool drop_underscores(std::string& digits, bool has_prefix) {
  if (digits.find('_') == std::string::npos) return true;
  const auto is_digit = [&](std::size_t at) {
    return at < digits.size() && std::isxdigit(static_cast<unsigned char>(digits[at])) != 0;
  };
  for (std::size_t i = 0; i < digits.size(); ++i)
    if (digits[i] == '_' && ((i == 0 ? !has_prefix : !is_digit(i - 1)) || !is_digit(i + 1)))
      return false;
  std::erase(digits, '_');
  return true;
}

std::optional<std::uint64_t> parse_unsigned(std::string_view text) {
  int base = 10;
  std::size_t prefix = 0;
  if (text.size() > 1 && text[0] == '0') {
    const char letter = static_cast<char>(text[1] | 0x20);
    base = letter == 'x' ? 16 : letter == 'b' ? 2 : 8;
    prefix = letter == 'x' || letter == 'b' || letter == 'o' ? 2 : 1;
  }
  std::string digits(text.substr(prefix));
  if (digits.empty() || !drop_underscores(digits, prefix > 0)) return std::nullopt;
  std::uint64_t out = 0;
  const auto parsed = std::from_chars(digits.data(), digits.data() + digits.size(), out, base);
  if (parsed.ec != std::errc() || parsed.ptr != digits.data() + digits.size()) return std::nullopt;
  return out;
}

// The sign is taken off the front.
bool take_sign(std::string_view& text) {
  const bool negative = text.starts_with('-');
  if (negative || text.starts_with('+')) text.remove_prefix(1);
  return negative;
}

// The digits of an escape: \101, \x41, \u00e9, \U0001f600.
struct Escape {
  std::size_t digits = 0;  // 0: there is no such escape
  int base = 16;
  bool is_byte = false;  // not a character
};

Escape escape_of(char kind) {
  if (kind >= '0' && kind <= '7') return {3, 8, true};
  if (kind == 'x') return {2, 16, true};
  return {kind == 'u' ? 4U : kind == 'U' ? 8U : 0U, 16, false};
}

// Reads an escape with digits off the front; `text` begins behind the backslash.
bool take_number(std::string_view& text, std::string& out, char32_t& code) {
  const Escape escape = escape_of(text[0]);
  // An octal one begins with its first digit.
  if (escape.base == 16) text.remove_prefix(1);
  if (escape.digits == 0 || text.size() < escape.digits) return false;
  std::uint32_t value = 0;
  const char* end = text.data() + escape.digits;
  if (std::from_chars(text.data(), end, value, escape.base).ptr != end) return false;
  text.remove_prefix(escape.digits);
  code = value;
  if (escape.is_byte) {
    out += static_cast<char>(value);
    return value <= 0xFF;
  }
  append_rune(out, value);
  return value <= 0x10FFFF && (value < 0xD800 || value > 0xDFFF);
}

// Reads one character or escape off the front. Appends its UTF-8, or its byte for \x and octal
// escapes; `code` is its number.
bool take_character(std::string_view& text, char quote, std::string& out, char32_t& code) {
  if (text[0] != '\\') {
    const Rune rune = decode_rune(text);
    if (text[0] == quote || text[0] == '\n') return false;
    code = rune.code;
    out += text.substr(0, rune.length);
    text.remove_prefix(rune.length);
    return true;
  }
  text.remove_prefix(1);
  if (text.empty()) return false;
  constexpr std::string_view kNames = "abfnrtv\\";
  constexpr std::string_view kMeanings = "\a\b\f\n\r\t\v\\";
  const std::size_t at = kNames.find(text[0]);
  if (at == std::string_view::npos && text[0] != quote) return take_number(text, out, code);
  const char meaning = text[0] == quote ? quote : kMeanings[at];
  code = static_cast<unsigned char>(meaning);
  out += meaning;
  text.remove_prefix(1);
  return true;
}

// A float in small letters, without a sign.
std::optional<double> parse_magnitude(std::string_view text) {
  if (text == "nan") return std::numeric_limits<double>::quiet_NaN();
  if (text == "inf" || text == "infinity") return std::numeric_limits<double>::infinity();
  const bool hex = text.starts_with("0x");
  const char mark = hex ? 'p' : 'e';
  std::string digits(text.substr(hex ? 2 : 0));
  if (hex && digits.find(mark) == std::string::npos) return std::nullopt;
  // What from_chars takes beside numbers begins with a sign or a letter.
  const bool begins =
      !digits.empty() &&
      (std::isxdigit(static_cast<unsigned char>(digits[0])) != 0 || digits[0] == '.');
  if (!begins || !drop_underscores(digits, hex)) return std::nullopt;
  double out = 0;
  const char* end = digits.data() + digits.size();
  const auto parsed = std::from_chars(digits.data(), end, out,
                                      hex ? std::chars_format::hex : std::chars_format::general);
  if (parsed.ptr != end) return std::nullopt;
  if (parsed.ec == std::errc()) return out;
  // Too small is 0; too large is an error.
  const std::size_t exponent = digits.find(mark);
  const bool is_small = exponent != std::string::npos && digits[exponent + 1] == '-';
  return is_small ? std::optional(0.0) : std::nullopt;
}

}  // namespace

std::optional<std::string> unquote(std::string_view quoted) {
  std::string_view inside = quoted.substr(1, quoted.size() - 2);
  std::string out;
  if (quoted[0] == '`') {
    out = inside;
    std::erase(out, '\r');
    return out;
  }
  char32_t code = 0;
  while (!inside.empty())
    if (!take_character(inside, '"', out, code)) return std::nullopt;
  return out;
}

std::optional<Number> parse_rune(std::string_view quoted) {
  std::string_view inside = quoted.substr(1, quoted.size() - 2);
  std::string text;
  char32_t code = 0;
  if (inside.empty() || !take_character(inside, '\'', text, code) || !inside.empty())
    return std::nullopt;
  Number out;
  out.is_integer = true;
  out.integer = static_cast<std::int64_t>(code);
  out.number = static_cast<double>(code);
  return out;
}

std::optional<std::int64_t> parse_integer(std::string_view text) {
  const bool negative = take_sign(text);
  const auto magnitude = parse_unsigned(text);
  constexpr std::uint64_t kMost = std::numeric_limits<std::int64_t>::max();
  if (!magnitude || *magnitude > kMost + (negative ? 1 : 0)) return std::nullopt;
  return static_cast<std::int64_t>(negative ? 0 - *magnitude : *magnitude);
}

std::optional<double> parse_double(std::string_view text) {
  const bool negative = take_sign(text);
  const auto size = parse_magnitude(to_lower(text));
  if (!size) return std::nullopt;
  return negative ? -*size : *size;
}

std::optional<Number> parse_number(std::string_view text) {
  Number out;
  const std::string lower = to_lower(text);
  const bool hex = lower.find("0x") != std::string::npos;
  out.is_written_as_float = lower.find(hex ? "p" : ".") != std::string::npos ||
                            (!hex && lower.find('e') != std::string::npos);
  if (const auto integer = parse_integer(text)) {
    out.is_integer = true;
    out.integer = *integer;
    out.number = static_cast<double>(*integer);
    return out;
  }
  if (!out.is_written_as_float) {
    std::string_view magnitude = text;
    const bool negative = take_sign(magnitude);
    const auto large = parse_unsigned(magnitude);
    if (!large || negative) return std::nullopt;
    out.is_too_large = true;
    out.number = static_cast<double>(*large);
    return out;
  }
  const auto number = parse_double(text);
  if (!number) return std::nullopt;
  out.number = *number;
  constexpr double kLimit = 9.2e18;
  out.is_integer = std::trunc(*number) == *number && std::fabs(*number) < kLimit;
  if (out.is_integer) out.integer = static_cast<std::int64_t>(*number);
  return out;
}

}  // namespace agent::logs::templates
