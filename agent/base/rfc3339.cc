#include "agent/base/rfc3339.h"

#include <array>
#include <chrono>
#include <cstring>
#include <ctime>

namespace agent {
namespace {

constexpr std::int64_t kSecondNs = 1'000'000'000;
constexpr std::int64_t kMinuteNs = 60 * kSecondNs;
constexpr std::size_t kShortest = 20;  // "2006-01-02T15:04:05Z"

// Two digits, or a number above 99.
unsigned two_digits(const char* at) {
  const auto tens = static_cast<unsigned>(at[0] - '0');
  const auto ones = static_cast<unsigned>(at[1] - '0');
  return tens > 9 || ones > 9 ? 1000 : tens * 10 + ones;
}

// The digits of a fraction; those behind the ninth are cut. Returns how many there are.
std::size_t take_digits(std::string_view text, std::int64_t& ns) {
  std::size_t size = 0;
  ns = 0;
  std::int64_t unit = kSecondNs;
  for (; size < text.size() && text[size] >= '0' && text[size] <= '9'; ++size) {
    unit /= 10;
    ns += (text[size] - '0') * unit;
  }
  return size;
}

// `Z` or an offset such as +02:00; 0 where there is none. `seconds`: east of Greenwich.
std::size_t take_offset(std::string_view text, std::int64_t& seconds) {
  seconds = 0;
  if (text.empty()) return 0;
  if (text[0] == 'Z') return 1;
  if (text.size() < 6 || (text[0] != '+' && text[0] != '-') || text[3] != ':') return 0;
  const std::int64_t hours = two_digits(&text[1]);
  const std::int64_t minutes = two_digits(&text[4]);
  if (hours > 23 || minutes > 59) return 0;
  seconds = hours * 3600 + minutes * 60;
  if (text[0] == '-') seconds = -seconds;
  return 6;
}

}  // namespace

std::string format_rfc3339(Timestamp time) {
  const auto seconds = std::chrono::floor<std::chrono::seconds>(time);
  const std::time_t unix_seconds = seconds.time_since_epoch().count();
  std::tm utc{};
  gmtime_r(&unix_seconds, &utc);
  std::array<char, 32> text{};
  std::string out(text.data(), std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%S", &utc));
  const std::int64_t nanos = nanosecond_of(time);
  if (nanos != 0) {
    std::string digits = std::to_string(1'000'000'000 + nanos);  // the 1 keeps leading zeros
    digits.erase(digits.find_last_not_of('0') + 1);
    out += '.' + digits.substr(1);
  }
  out += 'Z';
  return out;
}

bool Rfc3339Reader::take_minute(const char* text) {
  if (std::memcmp(text, minute_, kMinuteLength) == 0) return true;
  if (text[4] != '-' || text[7] != '-' || text[10] != 'T' || text[13] != ':') return false;
  const unsigned year = two_digits(text) * 100 + two_digits(text + 2);
  const std::int64_t hour = two_digits(text + 11);
  const std::int64_t minute = two_digits(text + 14);
  if (year < 1678 || year > 2261 || hour > 23 || minute > 59) return false;
  const std::chrono::year_month_day date{std::chrono::year(static_cast<int>(year)),
                                         std::chrono::month(two_digits(text + 5)),
                                         std::chrono::day(two_digits(text + 8))};
  if (!date.ok()) return false;
  const std::int64_t days = std::chrono::sys_days(date).time_since_epoch().count();
  minute_ns_ = (days * 1440 + hour * 60 + minute) * kMinuteNs;
  std::memcpy(minute_, text, kMinuteLength);
  return true;
}

std::optional<Timestamp> Rfc3339Reader::take(std::string_view text, std::size_t& length) {
  if (text.size() < kShortest || text[16] != ':' || !take_minute(text.data())) return std::nullopt;
  const unsigned second = two_digits(&text[17]);
  if (second > 59) return std::nullopt;
  std::size_t at = 19;
  std::int64_t fraction = 0;
  if (text[at] == '.') {
    const std::size_t digits = take_digits(text.substr(at + 1), fraction);
    if (digits == 0) return std::nullopt;
    at += 1 + digits;
  }
  std::int64_t offset = 0;
  const std::size_t zone = take_offset(text.substr(at), offset);
  if (zone == 0) return std::nullopt;
  length = at + zone;
  return Timestamp(Duration(minute_ns_ + second * kSecondNs + fraction - offset * kSecondNs));
}

std::optional<Timestamp> Rfc3339Reader::parse(std::string_view text) {
  std::size_t length = 0;
  const auto out = take(text, length);
  return length == text.size() ? out : std::nullopt;
}

}  // namespace agent
