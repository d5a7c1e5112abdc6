#include "agent/base/rfc3339.h"

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

}  // namespace
}  // namespace agent
