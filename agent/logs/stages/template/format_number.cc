#include <algorithm>
#include <charconv>
#include <cmath>
#include <string>
#include <utility>

#include "agent/codec/loki_push.h"
#include "agent/logs/stages/template/formatter.h"
#include "agent/logs/stages/template/print.h"
#include "agent/logs/stages/template/utf8.h"

namespace agent::logs::templates {
namespace {

void append_quoted_rune(std::string& out, char32_t code) {
  std::string text;
  append_rune(text, code);
  std::string quoted;
  codec::append_go_quoted(quoted, text);
  // The same escapes as in a text, but for the quotes themselves.
  std::string_view inside(quoted);
  inside = inside.substr(1, inside.size() - 2);
  out += '\'';
  out += code == '\'' ? "\\'" : code == '"' ? "\"" : inside;
  out += '\'';
}

// Shortest floats from this exponent on, and below 1e-4, are written with it.
constexpr int kFirstExponent = 6;

// The exponent of "1.5e-07".
int exponent_of(std::string_view scientific) {
  const std::size_t at = scientific.find('e') + 1;
  int out = 0;
  std::from_chars(scientific.data() + at + (scientific[at] == '+' ? 1 : 0),
                  scientific.data() + scientific.size(), out);
  return out;
}

void make_upper(std::string& text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c; });
}

// 0x1.8p+01: C++ leaves out the prefix and writes one digit of the exponent.
void complete_hex(std::string& text) {
  text.insert(text.starts_with('-') ? 1 : 0, "0x");
  if (const std::size_t at = text.find('p') + 2; text.size() - at < 2) text.insert(at, "0");
}

std::chars_format form_of(char verb) {
  if (verb == 'e') return std::chars_format::scientific;
  if (verb == 'f') return std::chars_format::fixed;
  return verb == 'x' ? std::chars_format::hex : std::chars_format::general;
}

}  // namespace

void append_float(std::string& out, double value, char verb, int precision) {
  if (!std::isfinite(value)) {
    out += std::isnan(value) ? "NaN" : value < 0 ? "-Inf" : "+Inf";
    return;
  }
  const bool is_upper = verb >= 'A' && verb <= 'Z';
  const char lower = is_upper ? static_cast<char>(verb + 32) : verb;
  // The largest has 309 digits before the point.
  std::string text(static_cast<std::size_t>(std::max(precision, 0)) + 400, '\0');
  char* end = text.data() + text.size();
  auto form = form_of(lower);
  if (precision < 0 && lower == 'g') {
    const auto shortest = std::to_chars(text.data(), end, value, std::chars_format::scientific);
    const int exponent = exponent_of({text.data(), shortest.ptr});
    form = exponent < -4 || exponent >= kFirstExponent ? std::chars_format::scientific
                                                       : std::chars_format::fixed;
  }
  const auto written = precision < 0 ? std::to_chars(text.data(), end, value, form)
                                     : std::to_chars(text.data(), end, value, form, precision);
  text.resize(static_cast<std::size_t>(written.ptr - text.data()));
  if (lower == 'x') complete_hex(text);
  if (is_upper) make_upper(text);
  out += text;
}

void Formatter::write_integer(const Value& value, char32_t verb) {
  const std::int64_t number = value.integer();
  const bool is_character = number >= 0 && number <= 0x10FFFF;
  const auto code = is_character ? static_cast<char32_t>(number) : 0xFFFD;
  std::string text;
  switch (verb) {
    case 'v':
    case 'd':
      return write_digits(number, 10, verb);
    case 'b':
      return write_digits(number, 2, verb);
    case 'o':
    case 'O':
      return write_digits(number, 8, verb);
    case 'x':
    case 'X':
      return write_digits(number, 16, verb);
    case 'c':
      append_rune(text, code);
      return pad(text);
    case 'q':
      append_quoted_rune(text, code);
      return pad(text);
    case 'U':
      return write_unicode(number);
    default:
      return write_bad_verb(value, verb);
  }
}

// Fewest digits that are asked for.
std::size_t Formatter::least_digits(bool has_sign) const {
  if (flags_.has_precision) return flags_.precision;
  if (!flags_.zero || flags_.minus || !flags_.has_width) return 0;
  return flags_.width > 0 && has_sign ? flags_.width - 1 : flags_.width;
}

void Formatter::add_prefix(std::string& digits, unsigned base, char32_t verb) const {
  if (flags_.sharp && base == 2) digits.insert(0, "0b");
  if (flags_.sharp && base == 8 && !digits.starts_with('0')) digits.insert(0, "0");
  if (flags_.sharp && base == 16) digits.insert(0, verb == 'X' ? "0X" : "0x");
  if (verb == 'O') digits.insert(0, "0o");
}

void Formatter::write_digits(std::int64_t number, unsigned base, char32_t verb) {
  const bool negative = number < 0;
  const auto magnitude =
      negative ? 0 - static_cast<std::uint64_t>(number) : static_cast<std::uint64_t>(number);
  char digits[64];
  const auto end =
      std::to_chars(digits, digits + sizeof digits, magnitude, static_cast<int>(base)).ptr;
  std::string text(digits, end);
  if (verb == 'X') make_upper(text);
  const bool has_sign = negative || flags_.plus || flags_.space;
  const bool is_blank = flags_.has_precision && flags_.precision == 0 && number == 0;
  if (is_blank) text.clear();
  if (const std::size_t least = least_digits(has_sign); least > text.size())
    text.insert(0, least - text.size(), '0');
  add_prefix(text, base, verb);
  if (has_sign && !is_blank) text.insert(0, 1, negative ? '-' : flags_.plus ? '+' : ' ');
  const bool zero = std::exchange(flags_.zero, false);
  pad(text);
  flags_.zero = zero;
}

void Formatter::write_unicode(std::int64_t number) {
  char digits[16];
  const auto end =
      std::to_chars(digits, digits + sizeof digits, static_cast<std::uint64_t>(number), 16).ptr;
  std::string text(digits, end);
  std::transform(text.begin(), text.end(), text.begin(),
                 [](char c) { return c >= 'a' ? static_cast<char>(c - 32) : c; });
  const std::size_t least = std::max<std::size_t>(flags_.has_precision ? flags_.precision : 0, 4);
  if (text.size() < least) text.insert(0, least - text.size(), '0');
  text.insert(0, "U+");
  if (flags_.sharp && number >= 0 && number <= 0x10FFFF) {
    text += ' ';
    append_quoted_rune(text, static_cast<char32_t>(number));
  }
  const bool zero = std::exchange(flags_.zero, false);
  pad(text);
  flags_.zero = zero;
}

void Formatter::write_float(const Value& value, char32_t verb) {
  if (verb >= 0x80 ||
      std::string_view("vgGeEfFxX").find(static_cast<char>(verb)) == std::string_view::npos)
    return write_bad_verb(value, verb);
  const char letter = verb == 'v' ? 'g' : static_cast<char>(verb);
  const bool is_shortest = letter == 'g' || letter == 'G' || letter == 'x' || letter == 'X';
  const int precision = flags_.has_precision ? static_cast<int>(flags_.precision)
                        : is_shortest        ? -1
                                             : 6;
  std::string text;
  append_float(text, value.number(), letter, precision);
  // Infinity has its sign from the start, NaN only where one is asked for.
  const bool has_sign = text[0] == '-' || text[0] == '+';
  if (!has_sign && (flags_.plus || flags_.space)) text.insert(0, 1, flags_.plus ? '+' : ' ');
  if (text[0] == '+' && flags_.space && !flags_.plus) text[0] = ' ';
  const bool is_filled = flags_.zero && !flags_.minus && flags_.has_width;
  const bool before = std::exchange(flags_.zero, flags_.zero && std::isfinite(value.number()));
  if (is_filled && flags_.zero && flags_.width > text.size() && text[0] < '0') {
    // The sign goes in front of the zeros.
    out_ += text[0];
    fill(flags_.width - text.size());
    out_ += std::string_view(text).substr(1);
  } else {
    pad(text);
  }
  flags_.zero = before;
}

}  // namespace agent::logs::templates
