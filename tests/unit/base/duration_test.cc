#include "agent/base/duration.h"

#include <gtest/gtest.h>

namespace agent {
namespace {

using namespace std::chrono_literals;
constexpr Duration kDay = 24h;

TEST(Duration, ReadsGoForms) {
  const struct {
    const char* text;
    Duration expected;
  } cases[] = {
      {"0", 0s},
      {"-0", 0s},
      {"+5s", 5s},
      {"-2s", -2s},
      {"300ms", 300ms},
      {"1.5h", 90min},
      {"1h30m", 90min},
      {"30m1h", 90min},  // Go asks for no order
      {"1s1s", 2s},
      {".5s", 500ms},
      {"1.s", 1s},
      {"1.1s", 1100ms},
      {"0.1ns", 0ns},
      {"999ns", 999ns},
      {"7us", 7us},
      {"7\u00b5s", 7us},
      {"7\u03bcs", 7us},
      {"2562047h47m16.854775807s", Duration::max()},
      {"9223372036854775807ns", Duration::max()},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.text);
    const auto parsed = parse_go_duration(c.text);
    ASSERT_TRUE(parsed) << parsed.error().message;
    EXPECT_EQ(parsed->count(), c.expected.count());
  }
}

TEST(Duration, RefusesWhatGoRefuses) {
  for (const char* text : {"", "+", "-", "3", "3.", ".s", "s", "1d", "1w", "1 s", "1s ", "1S",
                           "1e3s", "1h30", "1.2.3s", "--1s", "9223372036854775808ns", "2562048h"}) {
    SCOPED_TRACE(text);
    const auto parsed = parse_go_duration(text);
    ASSERT_FALSE(parsed);
    EXPECT_EQ(parsed.error().kind, ErrorKind::Input);
  }
}

TEST(Duration, ReadsPrometheusForms) {
  const struct {
    const char* text;
    Duration expected;
  } cases[] = {
      {"0", 0s},
      {"0s", 0s},
      {"90s", 90s},
      {"1h30m", 90min},
      {"1d", kDay},
      {"1w", 7 * kDay},
      {"1y", 365 * kDay},
      {"15ms", 15ms},
      {"1d12h", 36h},
      {"100m", 100min},
      {"1m30s500ms", 90500ms},
      {"1y1w1d1h1m1s1ms", 373 * kDay + 1h + 1min + 1s + 1ms},
      {"292y", 292 * 365 * kDay},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.text);
    const auto parsed = parse_prometheus_duration(c.text);
    ASSERT_TRUE(parsed) << parsed.error().message;
    EXPECT_EQ(parsed->count(), c.expected.count());
  }
}

TEST(Duration, RefusesWhatPrometheusRefuses) {
  for (const char* text : {"", "15", "30s1m", "1.5s", "1s1s", "-1s", "+1s", "1", "1us", "1ns",
                           "1 s", "s", "1ms1s", "1M", "293y", "99999999999999999999s", "\xff"}) {
    SCOPED_TRACE(text);
    const auto parsed = parse_prometheus_duration(text);
    ASSERT_FALSE(parsed);
    EXPECT_EQ(parsed.error().kind, ErrorKind::Input);
  }
}

TEST(Duration, OurOwnKeysTakeEitherForm) {
  EXPECT_EQ(*parse_duration("1d"), kDay);
  EXPECT_EQ(*parse_duration("1.5h"), 90min);
  EXPECT_EQ(*parse_duration("30s1m"), 90s);
  EXPECT_EQ(*parse_duration("500us"), 500us);
  EXPECT_FALSE(parse_duration("-1s"));
  EXPECT_FALSE(parse_duration("1.5d"));
  EXPECT_FALSE(parse_duration("soon"));
}

TEST(Duration, PrintsAsPrometheusDoes) {
  const struct {
    Duration duration;
    const char* expected;
  } cases[] = {
      {0s, "0s"},          {999us, "0s"},        {-5s, "0s"},
      {1ms, "1ms"},        {60s, "1m"},          {90s, "1m30s"},
      {7 * kDay, "1w"},    {8 * kDay, "8d"},     {14 * kDay, "2w"},
      {365 * kDay, "1y"},  {366 * kDay, "366d"}, {25h, "1d1h"},
      {1500ms, "1s500ms"}, {371 * kDay, "53w"},  {7 * kDay + 1ms, "7d1ms"},
  };
  for (const auto& c : cases)
    EXPECT_EQ(format_prometheus_duration(c.duration), c.expected) << c.duration.count();
}

TEST(Duration, PrintsAsGoDoes) {
  const struct {
    Duration duration;
    const char* expected;
  } cases[] = {
      {0s, "0s"},
      {1ns, "1ns"},
      {999ns, "999ns"},
      {1100ns, "1.1\u00b5s"},
      {2200us, "2.2ms"},
      {300ms, "300ms"},
      {1500ms, "1.5s"},
      {90s, "1m30s"},
      {1h, "1h0m0s"},
      {-90s, "-1m30s"},
      {1h + 1ms, "1h0m0.001s"},
      {Duration::max(), "2562047h47m16.854775807s"},
      {Duration::min(), "-2562047h47m16.854775808s"},
  };
  for (const auto& c : cases)
    EXPECT_EQ(format_go_duration(c.duration), c.expected) << c.duration.count();
}

}  // namespace
}  // namespace agent
