#include "agent/base/rfc3339.h"

#include <cstdint>

#include <gtest/gtest.h>

namespace agent {
namespace {

using namespace std::chrono_literals;

TEST(FormatRfc3339, WritesUtcWithTheFractionThatThereIs) {
  const struct {
    Timestamp time;
    const char* text;
  } cases[] = {
      {Timestamp(0s), "1970-01-01T00:00:00Z"},
      {Timestamp(1'700'000'000s), "2023-11-14T22:13:20Z"},
      {Timestamp(1'700'000'000s + 250ms), "2023-11-14T22:13:20.25Z"},
      {Timestamp(1'700'000'000s + 1ns), "2023-11-14T22:13:20.000000001Z"},
      {Timestamp(-1ns), "1969-12-31T23:59:59.999999999Z"},
      {Timestamp::max(), "2262-04-11T23:47:16.854775807Z"},
      {Timestamp::min(), "1677-09-21T00:12:43.145224192Z"},
  };
  for (const auto& c : cases)
    EXPECT_EQ(format_rfc3339(c.time), c.text);
}

TEST(Rfc3339Reader, ReadsTimes) {
  const struct {
    const char* text;
    std::int64_t nanoseconds;
  } cases[] = {
      {"1970-01-01T00:00:00Z", 0},
      {"2024-02-29T12:00:00Z", 1'709'208'000'000'000'000},
      {"2024-02-29T12:00:00.5Z", 1'709'208'000'500'000'000},
      {"2024-02-29T12:00:00.123456789Z", 1'709'208'000'123'456'789},
      {"2024-02-29T12:00:00.1234567899Z", 1'709'208'000'123'456'789},
      {"2024-02-29T13:30:00+01:30", 1'709'208'000'000'000'000},
      {"2024-02-29T10:30:00-01:30", 1'709'208'000'000'000'000},
      {"1969-12-31T23:59:59.75Z", -250'000'000},
      {"1678-01-01T00:00:00Z", -9'214'560'000'000'000'000},
  };
  Rfc3339Reader reader;
  for (const auto& c : cases) {
    SCOPED_TRACE(c.text);
    const auto time = reader.parse(c.text);
    ASSERT_TRUE(time);
    EXPECT_EQ(time->time_since_epoch().count(), c.nanoseconds);
  }
}

TEST(Rfc3339Reader, RefusesTheRest) {
  for (const char* text : {"",
                           "2024",
                           "2024-02-29",
                           "2024-02-29T12:00:00",
                           "2024-02-29 12:00:00Z",
                           "2024-02-29t12:00:00Z",
                           "2024-02-29T12:00:00z",
                           "2023-02-29T12:00:00Z",
                           "2024-13-01T12:00:00Z",
                           "2024-00-01T12:00:00Z",
                           "2024-02-29T24:00:00Z",
                           "2024-02-29T12:60:00Z",
                           "2024-02-29T12:00:60Z",
                           "2024-02-29T12:00:00.Z",
                           "2024-02-29T12:00:00,5Z",
                           "2024-02-29T12:00:00+0100",
                           "2024-02-29T12:00:00+24:00",
                           "2024-02-29T12:00:00+01",
                           "2024-02-29T12:00:00Z ",
                           "24-02-29T12:00:00Z",
                           "2024-2-29T12:00:00Z",
                           "-024-02-29T12:00:00Z",
                           "1600-01-01T00:00:00Z",
                           "2300-01-01T00:00:00Z",
                           "2024-02-29T12:00:00+"}) {
    EXPECT_FALSE(Rfc3339Reader().parse(text)) << text;
  }
}

TEST(Rfc3339Reader, TakesATimeInFrontOfOtherText) {
  Rfc3339Reader reader;
  std::size_t length = 0;
  EXPECT_TRUE(reader.take("2024-02-29T12:00:00.5Z stdout F x", length));
  EXPECT_EQ(length, 22U);
}

}  // namespace
}  // namespace agent
