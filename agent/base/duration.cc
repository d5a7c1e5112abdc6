#include "agent/base/duration.h"

#include <array>
#include <charconv>
#include <cstdint>
#include <cstdio>
#include <limits>
#include <optional>

namespace agent {
namespace {

struct Unit {
  std::string_view name;
  std::int64_t ns;
};

constexpr std::int64_t kMs = 1'000'000;
constexpr std::int64_t kSecond = 1'000 * kMs;
constexpr std::int64_t kMinute = 60 * kSecond;
constexpr std::int64_t kHour = 60 * kMinute;
constexpr std::int64_t kDay = 24 * kHour;

constexpr std::array<Unit, 8> kGoUnits{{{"ns", 1},
                                        {"us", 1'000},
                                        {"\u00b5s", 1'000},
                                        {"\u03bcs", 1'000},
                                        {"ms", kMs},
                                        {"s", kSecond},
                                        {"m", kMinute},
                                        {"h", kHour}}};
constexpr std::array<Unit, 7> kPrometheusUnits{{{"y", 365 * kDay},
                                                {"w", 7 * kDay},
                                                {"d", kDay},
                                                {"h", kHour},
                                                {"m", kMinute},
                                                {"s", kSecond},
                                                {"ms", kMs}}};

Error bad(std::string_view text, const char* why) {
  return {ErrorKind::Input, "\"" + std::string(text) + "\" is no duration: " + why};
}

constexpr bool is_digit(char c) { return c >= '0' && c <= '9'; }

std::size_t digits(std::string_view text) {
  std::size_t n = 0;
  while (n < text.size() && is_digit(text[n]))
    ++n;
  return n;
}

// The longest unit name at the start of `text` that is not followed by another letter.
const Unit* go_unit(std::string_view text) {
  std::size_t n = 0;
  while (n < text.size() && !is_digit(text[n]) && text[n] != '.')
    ++n;
  for (const Unit& unit : kGoUnits)
    if (text.substr(0, n) == unit.name) return &unit;
  return nullptr;
}

// Takes a decimal number such as 12, 1.5 or .5 off the front of `text`; nullopt: it has no digit.
std::optional<long double> take_decimal(std::string_view& text) {
  const std::size_t whole = digits(text);
  std::size_t used = whole;
  std::size_t fraction = 0;
  if (used < text.size() && text[used] == '.') {
    fraction = digits(text.substr(used + 1));
    used += 1 + fraction;
  }
  if (whole + fraction == 0) return std::nullopt;
  long double number = 0;
  for (std::size_t i = 0; i < whole; ++i)
    number = number * 10 + (text[i] - '0');
  long double scale = 0.1L;
  for (std::size_t i = 0; i < fraction; ++i, scale /= 10)
    number += scale * static_cast<long double>(text[whole + 1 + i] - '0');
  text.remove_prefix(used);
  return number;
}

}  // namespace

Result<Duration> parse_go_duration(std::string_view text) {
  std::string_view rest = text;
  const bool negative = !rest.empty() && rest[0] == '-';
  if (!rest.empty() && (rest[0] == '-' || rest[0] == '+')) rest.remove_prefix(1);
  if (rest == "0") return Duration::zero();
  if (rest.empty()) return bad(text, "it is empty");
  long double total = 0;
  while (!rest.empty()) {
    const auto number = take_decimal(rest);
    if (!number) return bad(text, "a number is missing");
    const Unit* unit = go_unit(rest);
    if (unit == nullptr) return bad(text, "the unit must be ns, us, ms, s, m or h");
    rest.remove_prefix(unit->name.size());
    total += *number * static_cast<long double>(unit->ns);
    if (total > static_cast<long double>(std::numeric_limits<std::int64_t>::max()))
      return bad(text, "it is too long");
  }
  // Half a nanosecond up absorbs the binary fraction of texts such as 1.1s.
  const auto ns = static_cast<std::int64_t>(total + 0.001L);
  return Duration(negative ? -ns : ns);
}

Result<Duration> parse_prometheus_duration(std::string_view text) {
  if (text == "0") return Duration::zero();
  if (text.empty()) return bad(text, "it is empty");
  std::string_view rest = text;
  std::int64_t total = 0;
  std::size_t next_unit = 0;
  while (!rest.empty()) {
    const std::size_t length = digits(rest);
    std::int64_t number = 0;
    const auto parsed = std::from_chars(rest.data(), rest.data() + length, number);
    if (length == 0) return bad(text, "whole numbers with a unit are asked, such as 1h30m");
    if (parsed.ec != std::errc()) return bad(text, "it is too long");
    rest.remove_prefix(length);
    std::size_t letters = 0;
    while (letters < rest.size() && !is_digit(rest[letters]))
      ++letters;
    std::size_t at = next_unit;
    while (at < kPrometheusUnits.size() && kPrometheusUnits[at].name != rest.substr(0, letters))
      ++at;
    if (at == kPrometheusUnits.size())
      return bad(text, "the units are y, w, d, h, m, s, ms, each once and in this order");
    rest.remove_prefix(letters);
    next_unit = at + 1;
    std::int64_t part = 0;
    if (__builtin_mul_overflow(number, kPrometheusUnits[at].ns, &part) ||
        __builtin_add_overflow(total, part, &total))
      return bad(text, "it is too long");
  }
  return Duration(total);
}

Result<Duration> parse_duration(std::string_view text) {
  auto prometheus = parse_prometheus_duration(text);
  if (prometheus) return prometheus;
  auto go = parse_go_duration(text);
  if (go && *go >= Duration::zero()) return go;
  return bad(text, "write it as 300ms, 1.5h, 1h30m or 1d");
}

std::string format_prometheus_duration(Duration duration) {
  std::int64_t rest = duration.count();
  if (rest < kMs) return "0s";
  std::string out;
  for (const Unit& unit : kPrometheusUnits) {
    // Years and weeks only when nothing remains, as Prometheus prints them.
    const bool exact_only = unit.ns >= 7 * kDay;
    if (rest < unit.ns || (exact_only && rest % unit.ns != 0)) continue;
    out += std::to_string(rest / unit.ns);
    out += unit.name;
    rest %= unit.ns;
  }
  return out;
}

std::string format_go_duration(Duration duration) {
  if (duration == Duration::zero()) return "0s";
  std::string out = duration < Duration::zero() ? "-" : "";
  // Unsigned: the most negative duration has no positive twin.
  auto ns = static_cast<std::uint64_t>(duration.count());
  if (!out.empty()) ns = 0 - ns;
  const auto decimal = [](std::uint64_t value, std::uint64_t unit, const char* name) {
    std::string text = std::to_string(value / unit);
    std::string fraction = std::to_string(unit + value % unit).substr(1);
    while (!fraction.empty() && fraction.back() == '0')
      fraction.pop_back();
    if (unit > 1 && !fraction.empty()) text += "." + fraction;
    return text + name;
  };
  if (ns < 1'000) return out + decimal(ns, 1, "ns");
  if (ns < kMs) return out + decimal(ns, 1'000, "\u00b5s");
  if (ns < kSecond) return out + decimal(ns, kMs, "ms");
  if (ns >= kHour) out += std::to_string(ns / kHour) + "h";
  if (ns >= kMinute) out += std::to_string(ns % kHour / kMinute) + "m";
  return out + decimal(ns % kMinute, kSecond, "s");
}

}  // namespace agent
