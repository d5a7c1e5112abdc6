#pragma once
#include <string>

#include "agent/logs/stages/go_time.h"
#include "agent/logs/stages/template/runtime.h"

namespace agent::logs::templates {

/// Go's time.Time: an instant, and the zone it is shown in.
struct Time {
  std::int64_t unix_seconds = 0;
  std::int64_t nanoseconds = 0;
  const Zone* zone = nullptr;  ///< null: the fixed zone below
  std::int64_t offset_seconds = 0;
  std::string_view abbreviation = "UTC";

  ZonedTime zoned() const;
};

/// Go's zero time, the year 1.
inline constexpr std::int64_t kZeroTimeSeconds = -62'135'596'800;

/// A time in the memory of the run. Beyond the years that calendars know: the run fails.
Value make_time(Runtime& run, const Time& time);
/// Nanoseconds from `from` to `to`; the largest there are where they are more.
std::int64_t nanoseconds_between(const Time& from, const Time& to);

/// What times, months, weekdays and durations print as.
void append_name(std::string& out, const Value& value);

}  // namespace agent::logs::templates
