// Times written in Go's layouts. Spec: logs.md 8.2, 8.3.
#include <array>
#include <charconv>
#include <chrono>
#include <cstdlib>

#include "agent/logs/stages/go_time_fields.h"

namespace agent::logs {
namespace {

using Field = GoLayout::Field;

constexpr std::int64_t kDaySeconds = 86'400;

void append_number(std::string& out, std::int64_t number, std::size_t width, char filler = '0') {
  std::array<char, 24> digits{};
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr;
  const auto length = static_cast<std::size_t>(end - digits.data());
  if (length < width) out.append(width - length, filler);
  out.append(digits.data(), length);
}

// `layout` tells the form, as "-07:00" or "Z0700" do.
void append_offset(std::string& out, std::string_view layout, std::int64_t offset) {
  const std::int64_t size = std::abs(offset);
  const bool colons = layout.find(':') != std::string_view::npos;
  const std::size_t parts = layout.size() <= 3 ? 1 : layout.size() <= 6 ? 2 : 3;
  out += offset < 0 ? '-' : '+';
  append_number(out, size / 3600, 2);
  if (parts > 1) {
    if (colons) out += ':';
    append_number(out, size / 60 % 60, 2);
  }
  if (parts > 2) {
    if (colons) out += ':';
    append_number(out, size % 60, 2);
  }
}

void append_fraction(std::string& out, std::string_view layout, std::int64_t nanoseconds) {
  std::string digits;
  append_number(digits, nanoseconds, 9);
  digits.resize(std::min<std::size_t>(layout.size() - 1, 9), '0');
  if (layout[1] == '9') digits.erase(digits.find_last_not_of('0') + 1);
  if (digits.empty()) return;
  out += layout[0];
  out += digits;
  if (layout[1] == '0' && layout.size() > 10) out.append(layout.size() - 10, '0');
}

void append_date(std::string& out, Field field, const CivilTime& time) {
  switch (field) {
    case Field::LongMonth:
      out += kMonths[time.month - 1];
      return;
    case Field::Month:
      out += kMonths[time.month - 1].substr(0, 3);
      return;
    case Field::NumberMonth:
      return append_number(out, time.month, 1);
    case Field::ZeroMonth:
      return append_number(out, time.month, 2);
    case Field::LongWeekday:
      out += kWeekdays[time.weekday];
      return;
    case Field::Weekday:
      out += kWeekdays[time.weekday].substr(0, 3);
      return;
    case Field::Day:
      return append_number(out, time.day, 1);
    case Field::UnderDay:
      return append_number(out, time.day, 2, ' ');
    case Field::ZeroDay:
      return append_number(out, time.day, 2);
    case Field::UnderYearDay:
      return append_number(out, time.year_day, 3, ' ');
    case Field::ZeroYearDay:
      return append_number(out, time.year_day, 3);
    case Field::LongYear:
      return append_number(out, time.year, 4);
    default:
      return append_number(out, time.year % 100, 2);
  }
}

void append_clock(std::string& out, Field field, const CivilTime& time) {
  const int hour12 = time.hour % 12 == 0 ? 12 : time.hour % 12;
  switch (field) {
    case Field::Hour:
      return append_number(out, time.hour, 2);
    case Field::Hour12:
      return append_number(out, hour12, 1);
    case Field::ZeroHour12:
      return append_number(out, hour12, 2);
    case Field::UpperPm:
      out += time.hour >= 12 ? "PM" : "AM";
      return;
    case Field::LowerPm:
      out += time.hour >= 12 ? "pm" : "am";
      return;
    case Field::Minute:
      return append_number(out, time.minute, 1);
    case Field::ZeroMinute:
      return append_number(out, time.minute, 2);
    case Field::Second:
      return append_number(out, time.second, 1);
    default:
      return append_number(out, time.second, 2);
  }
}

}  // namespace

CivilTime civil_time(const ZonedTime& time) {
  const std::int64_t local = time.unix_seconds + time.offset_seconds;
  const std::int64_t day = (local >= 0 ? local : local - kDaySeconds + 1) / kDaySeconds;
  const auto of_day = static_cast<int>(local - day * kDaySeconds);
  const std::chrono::sys_days days{std::chrono::days(day)};
  const std::chrono::year_month_day date(days);
  CivilTime out;
  out.year = static_cast<int>(date.year());
  out.month = static_cast<int>(static_cast<unsigned>(date.month()));
  out.day = static_cast<int>(static_cast<unsigned>(date.day()));
  out.hour = of_day / 3600;
  out.minute = of_day / 60 % 60;
  out.second = of_day % 60;
  out.weekday = static_cast<int>(std::chrono::weekday(days).c_encoding());
  out.year_day = static_cast<int>(day - days_from_civil(out.year, 1, 1)) + 1;
  return out;
}

void GoLayout::write(std::string& out, const ZonedTime& time) const {
  const CivilTime civil = civil_time(time);
  for (const Element& element : elements_) {
    const Field field = element.field;
    if (field == Field::Literal) {
      out += element.text;
    } else if (field == Field::Abbreviation && !time.abbreviation.empty()) {
      out += time.abbreviation;
    } else if (field == Field::Abbreviation) {
      append_offset(out, "-0700", time.offset_seconds);
    } else if (field == Field::OffsetOrZ && time.offset_seconds == 0) {
      out += 'Z';
    } else if (field >= Field::Offset) {
      append_offset(out, element.text, time.offset_seconds);
    } else if (field == Field::FixedFraction || field == Field::FreeFraction) {
      append_fraction(out, element.text, time.nanoseconds);
    } else if (field < Field::Hour || field == Field::LongYear || field == Field::Year) {
      append_date(out, field, civil);
    } else {
      append_clock(out, field, civil);
    }
  }
}

}  // namespace agent::logs
