// Named time formats: Go's layouts by name, and Unix times.
#include <charconv>

#include "agent/logs/stages/go_time.h"

namespace agent::logs {
namespace {

struct NamedLayout {
  std::string_view name;
  std::string_view layout;
};

constexpr NamedLayout kLayouts[] = {
    {"ANSIC", "Mon Jan _2 15:04:05 2006"},
    {"UnixDate", "Mon Jan _2 15:04:05 MST 2006"},
    {"RubyDate", "Mon Jan 02 15:04:05 -0700 2006"},
    {"RFC822", "02 Jan 06 15:04 MST"},
    {"RFC822Z", "02 Jan 06 15:04 -0700"},
    {"RFC850", "Monday, 02-Jan-06 15:04:05 MST"},
    {"RFC1123", "Mon, 02 Jan 2006 15:04:05 MST"},
    {"RFC1123Z", "Mon, 02 Jan 2006 15:04:05 -0700"},
    {"RFC3339", "2006-01-02T15:04:05Z07:00"},
    {"RFC3339Nano", "2006-01-02T15:04:05.999999999Z07:00"},
};

std::optional<std::int64_t> whole_number(std::string_view text) {
  if (text.starts_with('+')) text.remove_prefix(1);
  if (text.starts_with('+')) return std::nullopt;
  std::int64_t out = 0;
  const auto* end = text.data() + text.size();
  const auto parsed = std::from_chars(text.data(), end, out);
  if (parsed.ec != std::errc() || parsed.ptr != end) return std::nullopt;
  return out;
}

std::optional<Timestamp> in_units(std::optional<std::int64_t> count, std::int64_t unit_ns) {
  std::int64_t ns = 0;
  if (!count || __builtin_mul_overflow(*count, unit_ns, &ns)) return std::nullopt;
  return Timestamp(Duration(ns));
}

// Seconds, or seconds.fraction with any number of digits; digits beyond the ninth are cut.
std::optional<Timestamp> parse_unix(std::string_view text) {
  constexpr std::int64_t kSecond = 1'000'000'000;
  const std::size_t point = text.find('.');
  const auto seconds = in_units(whole_number(text.substr(0, point)), kSecond);
  if (!seconds || point == std::string_view::npos) return seconds;
  const std::string_view digits = text.substr(point + 1);
  if (digits.empty() || digits.find_first_not_of("0123456789") != std::string_view::npos)
    return std::nullopt;
  std::int64_t ns = 0;
  for (std::size_t i = 0; i < 9; ++i)
    ns = ns * 10 + (i < digits.size() ? digits[i] - '0' : 0);
  return *seconds + Duration(text.starts_with('-') ? -ns : ns);
}

}  // namespace

TimeFormat::TimeFormat(std::string_view name_or_layout, const TimeZones& zones) : zones_(zones) {
  if (name_or_layout == "Unix") kind_ = Kind::Unix;
  if (name_or_layout == "UnixMs") kind_ = Kind::UnixMs;
  if (name_or_layout == "UnixUs") kind_ = Kind::UnixUs;
  if (name_or_layout == "UnixNs") kind_ = Kind::UnixNs;
  if (kind_ != Kind::Layout) return;
  for (const NamedLayout& known : kLayouts) {
    if (known.name != name_or_layout) continue;
    layout_.emplace(known.layout);
    zones_.location = nullptr;
    if (known.name.starts_with("RFC3339")) kind_ = Kind::Rfc3339;
    return;
  }
  layout_.emplace(name_or_layout);
}

TimeFormat::~TimeFormat() = default;
TimeFormat::TimeFormat(TimeFormat&&) noexcept = default;

std::optional<Timestamp> TimeFormat::parse(std::string_view text, Timestamp now) {
  switch (kind_) {
    case Kind::Rfc3339:
      if (const auto time = rfc3339_.parse(text)) return time;
      [[fallthrough]];  // to Go's layout, which takes more
    case Kind::Layout:
      return layout_->parse(text, zones_, now);
    case Kind::Unix:
      return parse_unix(text);
    case Kind::UnixMs:
      return in_units(whole_number(text), 1'000'000);
    case Kind::UnixUs:
      return in_units(whole_number(text), 1'000);
    case Kind::UnixNs:
      return in_units(whole_number(text), 1);
  }
  return std::nullopt;
}

}  // namespace agent::logs
