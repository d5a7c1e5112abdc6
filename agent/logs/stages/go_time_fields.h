#pragma once
// What can stand in a Go layout; shared by reading (go_time.cc) and writing (go_time_write.cc).
#include <cstdint>
#include <string_view>

#include "agent/logs/stages/go_time.h"

namespace agent::logs {

enum class GoLayout::Field : std::uint8_t {
  Literal,
  LongMonth,
  Month,
  NumberMonth,
  ZeroMonth,
  LongWeekday,
  Weekday,
  Day,
  UnderDay,
  ZeroDay,
  UnderYearDay,
  ZeroYearDay,
  Hour,
  Hour12,
  ZeroHour12,
  UpperPm,
  LowerPm,
  Minute,
  ZeroMinute,
  Second,
  ZeroSecond,
  LongYear,
  Year,
  FixedFraction,
  FreeFraction,
  Offset,
  OffsetOrZ,
  Abbreviation,
};

inline constexpr std::string_view kMonths[] = {"January",   "February", "March",    "April",
                                               "May",       "June",     "July",     "August",
                                               "September", "October",  "November", "December"};
inline constexpr std::string_view kWeekdays[] = {"Sunday",   "Monday", "Tuesday", "Wednesday",
                                                 "Thursday", "Friday", "Saturday"};

}  // namespace agent::logs
