#pragma once
// Time zones out of the system's tz database. GCC 12's <chrono> has none.
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "agent/base/result.h"

namespace agent::logs {

/// One zone: offsets from UTC by time. Immutable.
class Zone {
 public:
  struct Period {
    std::int64_t offset_seconds = 0;
    std::string_view abbreviation;
    std::int64_t start = 0;  ///< Unix seconds, inclusive
    std::int64_t end = 0;    ///< exclusive
  };

  /// UTC, without any file.
  Zone();
  /// Reads the bytes of a TZif file (RFC 8536). Errors: Input.
  static Result<Zone> parse(std::string_view bytes);
  /// "UTC", "Local" (TZ, /etc/localtime) or an IANA name from /usr/share/zoneinfo. Errors: Config,
  /// naming the zone.
  static Result<Zone> load(const std::string& name);

  /// What holds at `unix_seconds`.
  Period at(std::int64_t unix_seconds) const;
  /// The Unix time at which this zone's clocks show `local_seconds` (as if it were UTC), chosen as
  /// Go does where they show it twice or never.
  std::int64_t to_unix(std::int64_t local_seconds) const;
  /// The offset of an abbreviation, preferring one that is in use at that local time.
  std::optional<std::int64_t> offset_of(std::string_view abbreviation,
                                        std::int64_t local_seconds) const;

 private:
  struct Type {
    std::int64_t offset_seconds = 0;
    bool is_daylight = false;
    std::string abbreviation;
  };
  struct Change {
    std::int64_t at = 0;
    std::size_t type = 0;
  };
  // One side of a rule such as M3.2.0/2 (RFC 8536, 3.3.1).
  struct RuleDay {
    enum class Kind { JulianWithoutLeap, ZeroBased, MonthWeek } kind = Kind::MonthWeek;
    int day = 0;
    int week = 0;
    int month = 0;
    std::int64_t seconds = 7200;
  };
  // What holds behind the last change.
  struct Rule {
    Type standard;
    Type daylight;
    bool has_daylight = false;
    RuleDay to_daylight;
    RuleDay to_standard;
  };
  friend class ZoneParser;
  Period by_rule(std::int64_t unix_seconds, std::int64_t behind) const;
  static std::int64_t seconds_into_year(const RuleDay& day, std::int64_t year);

  std::vector<Type> types_;
  std::vector<Change> changes_;
  std::optional<Rule> rule_;
};

/// Days since 1970-01-01 of a date in the proleptic Gregorian calendar.
std::int64_t days_from_civil(std::int64_t year, int month, int day);
bool is_leap_year(std::int64_t year);
int days_in_month(std::int64_t year, int month);
/// The year of a Unix time in UTC.
std::int64_t year_of(std::int64_t unix_seconds);
/// The month (1..12) of a Unix time in UTC.
int month_of(std::int64_t unix_seconds);

}  // namespace agent::logs
