// Calendar arithmetic, in terms of <chrono>'s calendar (which GCC 12 does have).
#include <chrono>

#include "agent/logs/stages/zone.h"

namespace agent::logs {
namespace {

using std::chrono::days;
using std::chrono::sys_days;
using std::chrono::year_month_day;

year_month_day date_of(std::int64_t unix_seconds) {
  const std::chrono::seconds since(unix_seconds);
  return sys_days(std::chrono::floor<days>(since));
}

std::chrono::year make_year(std::int64_t year) { return std::chrono::year(static_cast<int>(year)); }

}  // namespace

std::int64_t days_from_civil(std::int64_t year, int month, int day) {
  const year_month_day first(make_year(year), std::chrono::month(static_cast<unsigned>(month)),
                             std::chrono::day(1));
  return sys_days(first).time_since_epoch().count() + day - 1;
}

bool is_leap_year(std::int64_t year) { return make_year(year).is_leap(); }

int days_in_month(std::int64_t year, int month) {
  constexpr int kDays[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  return month == 2 && is_leap_year(year) ? 29 : kDays[month - 1];
}

std::int64_t year_of(std::int64_t unix_seconds) {
  return static_cast<int>(date_of(unix_seconds).year());
}

int month_of(std::int64_t unix_seconds) {
  return static_cast<int>(static_cast<unsigned>(date_of(unix_seconds).month()));
}

}  // namespace agent::logs
