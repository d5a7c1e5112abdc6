#include "agent/logs/stages/template/time_value.h"

#include <limits>
#include <new>

#include "agent/base/duration.h"
#include "agent/logs/stages/go_time_fields.h"

namespace agent::logs::templates {
namespace {

// Some 29,000 years around 1970.
constexpr std::int64_t kMostSeconds = 900'000'000'000;

}  // namespace

ZonedTime Time::zoned() const {
  if (zone == nullptr) return {unix_seconds, nanoseconds, offset_seconds, abbreviation};
  const Zone::Period period = zone->at(unix_seconds);
  return {unix_seconds, nanoseconds, period.offset_seconds, period.abbreviation};
}

Value make_time(Runtime& run, const Time& time) {
  if (time.unix_seconds > kMostSeconds || time.unix_seconds < -kMostSeconds)
    return run.fail("a time beyond the calendar");
  void* room = run.memory().take(sizeof(Time));
  return room == nullptr ? run.fail(kTooLarge) : Value::of(*new (room) Time(time));
}

std::int64_t nanoseconds_between(const Time& from, const Time& to) {
  constexpr std::int64_t kSecond = 1'000'000'000;
  const std::int64_t seconds = to.unix_seconds - from.unix_seconds;
  std::int64_t out = 0;
  if (__builtin_mul_overflow(seconds, kSecond, &out) ||
      __builtin_add_overflow(out, to.nanoseconds - from.nanoseconds, &out))
    return seconds < 0 ? std::numeric_limits<std::int64_t>::min()
                       : std::numeric_limits<std::int64_t>::max();
  return out;
}

void append_name(std::string& out, const Value& value) {
  static const GoLayout layout("2006-01-02 15:04:05.999999999 -0700 MST");
  switch (value.type()) {
    case Type::Time:
      return layout.write(out, value.time().zoned());
    case Type::Month:
      out += kMonths[value.integer() - 1];
      return;
    case Type::Weekday:
      out += kWeekdays[value.integer()];
      return;
    default:
      out += format_go_duration(Duration(value.integer()));
  }
}

}  // namespace agent::logs::templates
