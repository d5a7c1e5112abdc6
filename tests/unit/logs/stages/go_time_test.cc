#include "agent/logs/stages/go_time.h"

#include <gtest/gtest.h>

namespace agent::logs {
namespace {

using namespace std::chrono_literals;

constexpr Timestamp at_utc(int year, unsigned month, unsigned day, Duration time = {}) {
  return std::chrono::sys_days(std::chrono::year(year) / static_cast<int>(month) /
                               static_cast<int>(day)) +
         time;
}

TEST(TimeFormat, ReadsWhatGoReads) {
  const struct {
    const char *name, *format, *text;
    std::optional<Timestamp> time;
  } cases[] = {
      {"date", "2006-01-02", "2023-02-28", at_utc(2023, 2, 28)},
      {"day past the month", "2006-01-02", "2023-02-29", {}},
      {"leap day", "2006-01-02", "2024-02-29", at_utc(2024, 2, 29)},
      {"month 13", "2006-01-02", "2024-13-01", {}},
      {"hour 23", "15:04 2006", "23:59 2024", at_utc(2024, 1, 1, 23h + 59min)},
      {"hour 24", "15:04 2006", "24:00 2024", {}},
      {"year day 366", "2006-002", "2024-366", at_utc(2024, 12, 31)},
      {"year day 366 of 365", "2006-002", "2023-366", {}},
      {"noon", "2006 3PM", "2024 12PM", at_utc(2024, 1, 1, 12h)},
      {"midnight", "2006 3PM", "2024 12AM", at_utc(2024, 1, 1)},
      {"names ignore case", "2 January 2006", "9 aUGUST 2024", at_utc(2024, 8, 9)},
      {"blanks are one or more", "2 Jan 2006", "9   Aug  2024", at_utc(2024, 8, 9)},
      {"rest", "2006", "2024x", {}},
      {"two-digit year 69", "06", "69", at_utc(1969, 1, 1)},
      {"two-digit year 68", "06", "68", at_utc(2068, 1, 1)},
      {"exact fraction", "2006 05.000", "2024 07.12", {}},
      {"free fraction", "2006 05.999", "2024 07.123456", at_utc(2024, 1, 1, 7s + 123456us)},
      {"fraction not in the layout", "2006 05", "2024 07,5", at_utc(2024, 1, 1, 7s + 500ms)},
      {"fraction beyond nanoseconds", "RFC3339", "2024-01-01T00:00:00.1234567891Z",
       at_utc(2024, 1, 1, 123456789ns)},
      {"offset", "RFC3339", "2024-01-01T01:00:00+01:00", at_utc(2024, 1, 1)},
      {"offset minutes 60", "RFC3339", "2024-01-01T01:00:00+01:60", {}},
      {"short offset", "2006 -07", "2024 -05", at_utc(2024, 1, 1, 5h)},
      {"GMT and hours", "2006 MST", "2024 GMT+3", at_utc(2023, 12, 31, 21h)},
      {"unknown abbreviation", "2006 MST", "2024 XYZ", at_utc(2024, 1, 1)},
      {"no abbreviation", "2006 MST", "2024 Xyz", {}},
      {"before nanoseconds", "2006", "1500", {}},
      {"after nanoseconds", "2006", "2300", {}},
      {"unix", "Unix", "1700000000.000000001", Timestamp(1'700'000'000s + 1ns)},
      {"unix, negative fraction", "Unix", "-1.5", Timestamp(-1500ms)},
      {"unix overflow", "Unix", "99999999999", {}},
      {"unix ns at the limit", "UnixNs", "9223372036854775807",
       Timestamp(Duration(9223372036854775807))},
      {"unix ns past it", "UnixNs", "9223372036854775808", {}},
      {"empty", "RFC3339", "", {}},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    EXPECT_EQ(TimeFormat(c.format, {}).parse(c.text, at_utc(2026, 6, 1)), c.time);
  }
}

TEST(Rfc3339Reader, SaysWhatGoLayoutSays) {
  const struct {
    const char *name, *text;
    bool fast;
  } cases[] = {
      {"whole seconds", "2024-02-29T23:59:59Z", true},
      {"nine digits", "2024-02-29T23:59:59.123456789Z", true},
      {"more digits than count", "2024-02-29T23:59:59.1234567891Z", true},
      {"one digit", "2024-02-29T23:59:59.5Z", true},
      {"east", "2024-02-29T00:00:00+05:30", true},
      {"west", "2024-02-29T00:00:00.000-11:00", true},
      {"first year", "1678-01-01T00:00:00Z", true},
      {"last year", "2261-12-31T23:59:59Z", true},
      {"before 1970", "1969-12-31T23:59:59.75Z", true},
      {"before the first year", "1677-12-31T23:59:59Z", false},
      {"after the last year", "2262-01-01T00:00:00Z", false},
      {"no such day", "2023-02-29T00:00:00Z", false},
      {"month 0", "2023-00-01T00:00:00Z", false},
      {"month 13", "2023-13-01T00:00:00Z", false},
      {"hour 24", "2024-02-29T24:00:00Z", false},
      {"minute 60", "2024-02-29T23:60:00Z", false},
      {"second 60", "2024-02-29T23:59:60Z", false},
      {"offset of 24 hours", "2024-02-29T00:00:00+24:00", false},
      {"comma", "2024-02-29T23:59:59,5Z", false},
      {"point without digits", "2024-02-29T23:59:59.Z", false},
      {"no zone", "2024-02-29T23:59:59.5", false},
      {"small t", "2024-02-29t23:59:59Z", false},
      {"more behind it", "2024-02-29T23:59:59Z ", false},
      {"letters", "2O24-02-29T23:59:59Z", false},
      {"cut", "2024-02-29T23:59:59", false},
      {"nothing", "", false},
  };
  const GoLayout layout("2006-01-02T15:04:05.999999999Z07:00");
  Rfc3339Reader remembers;
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    const auto expected = layout.parse(c.text, {}, Timestamp());
    Rfc3339Reader fresh;
    for (Rfc3339Reader* reader : {&fresh, &remembers}) {
      const auto time = reader->parse(c.text);
      EXPECT_EQ(time.has_value(), c.fast);
      EXPECT_TRUE(!time || time == expected);
    }
  }
}

TEST(TimeFormat, ChoosesTheYearNextToNow) {
  const struct {
    const char *name, *text;
    Timestamp now, time;
  } cases[] = {
      {"this year", "Jul 15", at_utc(2026, 6, 1), at_utc(2026, 7, 15)},
      {"December in January", "Dec 31", at_utc(2026, 1, 1), at_utc(2025, 12, 31)},
      {"December in February", "Dec 31", at_utc(2026, 2, 1), at_utc(2026, 12, 31)},
      {"January in December", "Jan  1", at_utc(2026, 12, 31), at_utc(2027, 1, 1)},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    EXPECT_EQ(TimeFormat("Jan _2", {}).parse(c.text, c.now), c.time);
  }
}

TEST(TimeFormat, UsesTheLocation) {
  const auto zone = Zone::load("America/New_York");
  ASSERT_TRUE(zone) << zone.error().message;
  const TimeZones zones{&*zone, nullptr};
  const struct {
    const char *name, *format, *text;
    Timestamp time;
  } cases[] = {
      {"winter", "2006-01-02 15:04", "2023-12-01 12:00", at_utc(2023, 12, 1, 17h)},
      {"summer", "2006-01-02 15:04", "2023-07-01 12:00", at_utc(2023, 7, 1, 16h)},
      {"by the rule", "2006-01-02 15:04", "2200-07-01 12:00", at_utc(2200, 7, 1, 16h)},
      {"skipped hour", "2006-01-02 15:04", "2023-03-12 02:30", at_utc(2023, 3, 12, 6h + 30min)},
      {"abbreviation", "2006-01-02 MST", "2023-07-01 EDT", at_utc(2023, 7, 1, 4h)},
      {"offset wins", "2006-01-02 -0700", "2023-07-01 +0000", at_utc(2023, 7, 1)},
      {"not for named formats", "ANSIC", "Tue Jan  2 15:04:05 2024",
       at_utc(2024, 1, 2, 15h + 4min + 5s)},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    EXPECT_EQ(TimeFormat(c.format, zones).parse(c.text, at_utc(2026, 6, 1)), c.time);
  }
}

TEST(Zone, NamesTheZoneThatIsNotThere) {
  for (const char* name : {"Nowhere/City", "../../etc/passwd", "/etc/localtime"}) {
    const auto zone = Zone::load(name);
    ASSERT_FALSE(zone) << name;
    EXPECT_EQ(zone.error().kind, ErrorKind::Config);
    EXPECT_NE(zone.error().message.find(name), std::string::npos);
  }
  EXPECT_FALSE(Zone::parse("TZif2"));
  EXPECT_FALSE(Zone::parse(""));
}

}  // namespace
}  // namespace agent::logs
