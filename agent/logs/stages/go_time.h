#pragma once
// Times in Go's layouts and in the named formats of the timestamp stage. Spec: logs.md 8.2, 6.
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "agent/base/clock.h"
#include "agent/base/rfc3339.h"
#include "agent/logs/stages/zone.h"

namespace agent::logs {

/// Zones that a layout needs; both outlive it.
struct TimeZones {
  const Zone* location = nullptr;  ///< null: none was given, times without offset are UTC
  const Zone* local = nullptr;     ///< knows the abbreviations where there is no location
};

/// A time and the zone in which it is shown.
struct ZonedTime {
  std::int64_t unix_seconds = 0;
  std::int64_t nanoseconds = 0;
  std::int64_t offset_seconds = 0;
  std::string_view abbreviation;  ///< "" where the zone has none
};

/// A date and a time of day.
struct CivilTime {
  std::int64_t year = 1970;
  int month = 1;
  int day = 1;
  int hour = 0;
  int minute = 0;
  int second = 0;
  int weekday = 4;  ///< 0 is Sunday
  int year_day = 1;
};
CivilTime civil_time(const ZonedTime& time);

/// A compiled Go layout such as "2006-01-02 15:04:05.000 MST". Every text is a layout; what is not
/// recognised is literal.
class GoLayout {
 public:
  explicit GoLayout(std::string_view layout);
  /// The time of `text`, all of which must be used up; nullopt where it does not fit or is outside
  /// what nanoseconds can count. A layout without a year takes the one of `now` (December read in
  /// January is last year's, January read in December next year's).
  std::optional<Timestamp> parse(std::string_view text, const TimeZones& zones,
                                 Timestamp now) const;

  /// What a text said.
  struct Reading {
    std::int64_t unix_seconds = 0;
    std::int64_t local_seconds = 0;  ///< what its clock showed, as if that were UTC
    std::int64_t nanoseconds = 0;
    std::optional<std::int64_t> offset_seconds;  ///< as written
    std::string_view abbreviation;               ///< as written
  };
  /// The same without the limits of nanoseconds; without `now` and a year in the layout it is the
  /// year 0.
  std::optional<Reading> read(std::string_view text, const TimeZones& zones,
                              std::optional<Timestamp> now) const;
  /// Appends a time in this layout. Not the years before 0.
  void write(std::string& out, const ZonedTime& time) const;

  /// What can stand in a layout; go_time_fields.h has the list.
  enum class Field : std::uint8_t;
  struct Fields;

 private:
  struct Element {
    Field field{};  // zero is literal text
    std::string text;
    bool fraction_follows = false;  // seconds: the layout has a fraction right behind
  };
  bool take_all(std::string_view text, Fields& fields) const;
  std::vector<Element> elements_;
  bool has_year_ = false;
};

/// A named format (RFC3339, Unix, ...) or a layout.
class TimeFormat {
 public:
  /// `zones.location` counts for layouts only.
  TimeFormat(std::string_view name_or_layout, const TimeZones& zones);
  ~TimeFormat();
  TimeFormat(TimeFormat&&) noexcept;
  TimeFormat& operator=(TimeFormat&&) = delete;
  std::optional<Timestamp> parse(std::string_view text, Timestamp now);

 private:
  enum class Kind { Layout, Rfc3339, Unix, UnixMs, UnixUs, UnixNs };
  Kind kind_ = Kind::Layout;
  std::optional<GoLayout> layout_;
  Rfc3339Reader rfc3339_;
  TimeZones zones_;
};

}  // namespace agent::logs
