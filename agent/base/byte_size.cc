#include "agent/base/byte_size.h"

#include <algorithm>
#include <cmath>
#include <cstdio>

#include "agent/base/strings.h"

namespace agent {
namespace {

constexpr std::string_view kUnits = "KMGTPE";

Error bad(std::string_view text, const char* why) {
  return {ErrorKind::Input, "\"" + std::string(text) + "\" is no size: " + why};
}

constexpr char upper(char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c; }

// The power of 1024 that a unit stands for; -1: unknown.
int exponent(std::string_view unit) {
  if (unit.empty() || (unit.size() == 1 && upper(unit[0]) == 'B')) return 0;
  const auto at = kUnits.find(upper(unit[0]));
  if (at == std::string_view::npos) return -1;
  unit.remove_prefix(1);
  const bool known = unit.empty() || (unit.size() == 1 && upper(unit[0]) == 'B') ||
                     (unit.size() == 2 && upper(unit[0]) == 'I' && upper(unit[1]) == 'B');
  return known ? static_cast<int>(at) + 1 : -1;
}

}  // namespace

Result<std::uint64_t> parse_byte_size(std::string_view text) {
  std::size_t at = 0;
  long double number = 0;
  while (at < text.size() && text[at] >= '0' && text[at] <= '9')
    number = number * 10 + static_cast<long double>(text[at++] - '0');
  if (at == 0) return bad(text, "it must start with a digit");
  if (at < text.size() && text[at] == '.') {
    const std::size_t dot = at++;
    for (long double scale = 0.1L; at < text.size() && text[at] >= '0' && text[at] <= '9';
         scale /= 10)
      number += scale * static_cast<long double>(text[at++] - '0');
    if (at == dot + 1) return bad(text, "digits are missing after the point");
  }
  while (at < text.size() && text[at] == ' ')
    ++at;
  const int power = exponent(text.substr(at));
  if (power < 0) return bad(text, "write a unit such as KiB, MiB or GiB");
  const long double bytes = std::ldexp(number, 10 * power);
  if (bytes >= 18446744073709551616.0L) return bad(text, "it is too large");
  return static_cast<std::uint64_t>(bytes);
}

Result<std::uint64_t> parse_promtail_size(std::string_view text) {
  std::size_t at = std::min(text.find_first_not_of("0123456789"), text.size());
  const std::string digits(text.substr(0, at));
  if (digits.empty()) return bad(text, "it must start with a digit");
  if (at + 1 < text.size() && text[at] == ' ') ++at;
  std::string unit = to_upper(text.substr(at));
  if (unit == "BYTE") unit = "B";
  const bool known = unit.find_first_of("I ") == std::string::npos && exponent(unit) >= 0;
  if (!known) return bad(text, "write a unit such as kb, mb or gb, behind a whole number");
  const auto size = parse_byte_size(digits + unit);
  return size ? size : bad(text, "it is too large");
}

std::string format_byte_size(std::uint64_t bytes) {
  int power = 0;
  auto value = static_cast<double>(bytes);
  while (value >= 1024 && power < 6) {
    value /= 1024;
    ++power;
  }
  char out[32];
  const bool whole = value == std::floor(value) || power == 0;
  std::snprintf(out, sizeof out, whole ? "%.0f" : "%.1f", value);
  return std::string(out) +
         (power == 0 ? " B"
                     : std::string(" ") + kUnits[static_cast<std::size_t>(power - 1)] + "iB");
}

}  // namespace agent
