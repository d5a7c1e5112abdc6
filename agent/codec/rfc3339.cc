#include "agent/codec/rfc3339.h"

#include <cstdint>

namespace agent::codec {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

class Reader {
 public:
  explicit Reader(std::string_view text) : text_(text) {}
  bool done() const { return at_ == text_.size(); }
  bool take(char c) {
    if (at_ >= text_.size() || (text_[at_] | 0x20) != (c | 0x20)) return false;
    ++at_;
    return true;
  }
  // Exactly `digits` of them, a number of at most `most`; -1: something else.
  int number(std::size_t digits, int most) {
    if (text_.size() - at_ < digits) return -1;
    int value = 0;
    for (std::size_t i = 0; i < digits; ++i, ++at_) {
      if (text_[at_] < '0' || text_[at_] > '9') return -1;
      value = value * 10 + (text_[at_] - '0');
    }
    return value <= most ? value : -1;
  }
  // Digits behind a point; those beyond the ninth are read and do not count. -1: none.
  std::int64_t fraction() {
    std::int64_t value = 0;
    int digits = 0;
    for (; at_ < text_.size() && text_[at_] >= '0' && text_[at_] <= '9'; ++at_, ++digits)
      if (digits < 9) value = value * 10 + (text_[at_] - '0');
    if (digits == 0) return -1;
    for (; digits < 9; ++digits)
      value *= 10;
    return value;
  }
  // Z or +hh:mm; nullopt: neither.
  std::optional<seconds> offset() {
    if (take('Z')) return seconds(0);
    const bool west = at_ < text_.size() && text_[at_] == '-';
    if (!west && (at_ >= text_.size() || text_[at_] != '+')) return std::nullopt;
    ++at_;
    const int hour = number(2, 23);
    const bool colon = take(':');
    const int minute = number(2, 59);
    if (hour < 0 || !colon || minute < 0) return std::nullopt;
    const seconds out = hours(hour) + minutes(minute);
    return west ? -out : out;
  }

 private:
  std::string_view text_;
  std::size_t at_ = 0;
};

std::optional<std::chrono::sys_days> read_date(Reader& in) {
  const int year = in.number(4, 9999);
  if (year < 0 || !in.take('-')) return std::nullopt;
  const int month = in.number(2, 12);
  if (month < 0 || !in.take('-')) return std::nullopt;
  const int day = in.number(2, 31);
  if (day < 0) return std::nullopt;
  const std::chrono::year_month_day date{std::chrono::year(year),
                                         std::chrono::month(static_cast<unsigned>(month)),
                                         std::chrono::day(static_cast<unsigned>(day))};
  if (!date.ok()) return std::nullopt;
  return std::chrono::sys_days(date);
}

std::optional<seconds> read_clock(Reader& in) {
  const int hour = in.number(2, 23);
  if (hour < 0 || !in.take(':')) return std::nullopt;
  const int minute = in.number(2, 59);
  if (minute < 0 || !in.take(':')) return std::nullopt;
  const int second = in.number(2, 59);
  if (second < 0) return std::nullopt;
  return hours(hour) + minutes(minute) + seconds(second);
}

}  // namespace

std::optional<Timestamp> parse_rfc3339(std::string_view text) {
  Reader in(text);
  const auto date = read_date(in);
  if (!date || !in.take('T')) return std::nullopt;
  const auto clock = read_clock(in);
  if (!clock) return std::nullopt;
  const std::int64_t nanoseconds = in.take('.') ? in.fraction() : 0;
  if (nanoseconds < 0) return std::nullopt;
  const auto offset = in.offset();
  if (!offset || !in.done()) return std::nullopt;
  const seconds whole = date->time_since_epoch() + *clock - *offset;
  constexpr auto kMost = std::chrono::floor<seconds>(Duration::max()) - seconds(1);
  if (whole > kMost || whole < -kMost) return std::nullopt;
  return Timestamp(whole + Duration(nanoseconds));
}

}  // namespace agent::codec
