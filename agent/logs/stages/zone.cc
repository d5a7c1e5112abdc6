#include "agent/logs/stages/zone.h"

#include <algorithm>
#include <limits>

namespace agent::logs {
namespace {

constexpr std::int64_t kFirst = std::numeric_limits<std::int64_t>::min();
constexpr std::int64_t kLast = std::numeric_limits<std::int64_t>::max();
constexpr std::int64_t kDaySeconds = 86'400;
// Rules are only asked for years that <chrono> knows.
constexpr std::int64_t kFarthest = 900'000'000'000;

}  // namespace

Zone::Zone() : types_{{0, false, "UTC"}} {}

std::int64_t Zone::seconds_into_year(const RuleDay& day, std::int64_t year) {
  std::int64_t days = 0;
  switch (day.kind) {
    case RuleDay::Kind::JulianWithoutLeap:
      days = day.day - 1 + (is_leap_year(year) && day.day >= 60 ? 1 : 0);
      break;
    case RuleDay::Kind::ZeroBased:
      days = day.day;
      break;
    case RuleDay::Kind::MonthWeek: {
      const std::int64_t first = days_from_civil(year, day.month, 1);
      const auto weekday = static_cast<int>(((first + 4) % 7 + 7) % 7);  // 1970-01-01: Thursday
      int in_month = (day.day - weekday + 7) % 7 + 7 * (day.week - 1);
      while (in_month >= days_in_month(year, day.month))
        in_month -= 7;
      days = first + in_month - days_from_civil(year, 1, 1);
      break;
    }
  }
  return days * kDaySeconds + day.seconds;
}

Zone::Period Zone::by_rule(std::int64_t unix_seconds, std::int64_t behind) const {
  const Rule& rule = *rule_;
  const Type& standard = rule.standard;
  const Type& daylight = rule.daylight;
  if (!rule.has_daylight || unix_seconds > kFarthest || unix_seconds < -kFarthest)
    return {standard.offset_seconds, standard.abbreviation, behind, kLast};
  // The changes of the years around it, in order; each one starts a period.
  struct Step {
    std::int64_t at;
    const Type* type;
  };
  std::vector<Step> steps;
  const std::int64_t year = year_of(unix_seconds);
  for (std::int64_t y = year - 1; y <= year + 1; ++y) {
    const std::int64_t start = days_from_civil(y, 1, 1) * kDaySeconds;
    steps.push_back(
        {start + seconds_into_year(rule.to_daylight, y) - standard.offset_seconds, &daylight});
    steps.push_back(
        {start + seconds_into_year(rule.to_standard, y) - daylight.offset_seconds, &standard});
  }
  std::sort(steps.begin(), steps.end(), [](const Step& a, const Step& b) { return a.at < b.at; });
  const auto next = std::upper_bound(steps.begin(), steps.end(), unix_seconds,
                                     [](std::int64_t at, const Step& s) { return at < s.at; });
  const Type* type = next == steps.begin() ? &standard : std::prev(next)->type;
  const std::int64_t start = next == steps.begin() ? behind : std::max(behind, std::prev(next)->at);
  return {type->offset_seconds, type->abbreviation, start, next == steps.end() ? kLast : next->at};
}

Zone::Period Zone::at(std::int64_t unix_seconds) const {
  const auto next =
      std::upper_bound(changes_.begin(), changes_.end(), unix_seconds,
                       [](std::int64_t at, const Change& change) { return at < change.at; });
  if (next == changes_.begin()) {
    const auto first = std::find_if(types_.begin(), types_.end(),
                                    [](const Type& type) { return !type.is_daylight; });
    const Type& type = first == types_.end() ? types_.front() : *first;
    if (changes_.empty() && rule_) return by_rule(unix_seconds, kFirst);
    return {type.offset_seconds, type.abbreviation, kFirst,
            changes_.empty() ? kLast : changes_.front().at};
  }
  const Change& current = *std::prev(next);
  if (next == changes_.end() && rule_) return by_rule(unix_seconds, current.at);
  const Type& type = types_[current.type];
  return {type.offset_seconds, type.abbreviation, current.at,
          next == changes_.end() ? kLast : next->at};
}

std::int64_t Zone::to_unix(std::int64_t local_seconds) const {
  const Period guess = at(local_seconds);
  const std::int64_t unix_seconds = local_seconds - guess.offset_seconds;
  if (unix_seconds >= guess.start && unix_seconds < guess.end) return unix_seconds;
  return local_seconds - at(unix_seconds).offset_seconds;
}

std::optional<std::int64_t> Zone::offset_of(std::string_view abbreviation,
                                            std::int64_t local_seconds) const {
  std::optional<std::int64_t> any;
  for (const Type& type : types_) {
    if (type.abbreviation != abbreviation) continue;
    if (at(local_seconds - type.offset_seconds).abbreviation == abbreviation)
      return type.offset_seconds;
    if (!any) any = type.offset_seconds;
  }
  return any;
}

}  // namespace agent::logs
