#include "agent/selfmon/series_family.h"

#include <limits>

#include <gtest/gtest.h>

#include "agent/selfmon/metrics.h"

namespace agent::selfmon {
namespace {

using namespace std::chrono_literals;

constexpr Timestamp kNow{1'700'000'000s};

SeriesFamily::Options options(SeriesFamily::Type type) {
  SeriesFamily::Options out;
  out.type = type;
  return out;
}

void add(SeriesFamily& family, const model::Labels* labels, double amount, Timestamp now = kNow) {
  SeriesFamily::Access access(family);
  SeriesFamily::Series* series = access.find(*labels, now);
  ASSERT_NE(series, nullptr);
  series->value += amount;
  series->idle_at = now + 10s;
}

TEST(SeriesFamily, StandsAmongTheOthersByName) {
  const Scope scope;
  model::LabelTable labels;
  scope.counter("b_total").add();
  auto named = options(SeriesFamily::Type::Gauge);
  named.help = "One\nline.";
  const auto family = scope.series("c", named);
  ASSERT_TRUE(family);
  EXPECT_EQ(*scope.with("a", "1").with_prefix("x_").series("c", named), *family);
  EXPECT_EQ(scope.exposition(), "# TYPE dunlin_b_total counter\ndunlin_b_total 1\n")
      << "no series yet";
  add(**family, labels.intern({{"k", "\"\n"}, {"__x", "y"}, {"1\xc3\xa9", "z"}}), 1.5);
  add(**family, labels.intern({}), -2);
  EXPECT_EQ(scope.exposition(),
            "# HELP c One\\nline.\n# TYPE c gauge\nc -2\nc{___=\"z\",k=\"\\\"\\n\"} 1.5\n"
            "# TYPE dunlin_b_total counter\ndunlin_b_total 1\n");
}

TEST(SeriesFamily, HasOneType) {
  const Scope scope;
  const auto family = scope.series("c", options(SeriesFamily::Type::Gauge));
  const auto other = scope.series("c", options(SeriesFamily::Type::Counter));
  ASSERT_FALSE(other);
  EXPECT_EQ(other.error().message, "\"c\" is defined with another type elsewhere");
  scope.restart_series();
  EXPECT_TRUE(SeriesFamily::Access(**family).is_retired());
  EXPECT_TRUE(scope.series("c", options(SeriesFamily::Type::Counter)));
}

TEST(SeriesFamily, StaysBehindAMetricOfTheAgent) {
  const Scope scope;
  model::LabelTable labels;
  const auto family = scope.series("dunlin_n", options(SeriesFamily::Type::Gauge));
  ASSERT_TRUE(family);
  add(**family, labels.intern({}), 5);
  scope.counter("n").add(2);
  EXPECT_EQ(scope.exposition(), "# TYPE dunlin_n counter\ndunlin_n 2\n");
}

TEST(SeriesFamily, CountsObservationsInTheirBuckets) {
  auto histogram = options(SeriesFamily::Type::Histogram);
  histogram.bounds = {1, 2};
  SeriesFamily family(histogram);
  model::LabelTable labels;
  {
    SeriesFamily::Access access(family);
    SeriesFamily::Series* series = access.find(*labels.intern({{"le", "9"}, {"k", "v"}}), kNow);
    ASSERT_NE(series, nullptr);
    for (const double value : {0.5, 1.0, 1.5, 2.0, 2.5, std::numeric_limits<double>::infinity()})
      access.observe(*series, value);
  }
  EXPECT_EQ(family.exposition("h"),
            "# TYPE h histogram\nh_bucket{k=\"v\",le=\"1\"} 2\nh_bucket{k=\"v\",le=\"2\"} 4\n"
            "h_bucket{k=\"v\",le=\"+Inf\"} 6\nh_sum{k=\"v\"} +Inf\nh_count{k=\"v\"} 6\n");
}

TEST(SeriesFamily, ForgetsIdleSeries) {
  SeriesFamily family(options(SeriesFamily::Type::Counter));
  model::LabelTable labels;
  add(family, labels.intern({{"k", "1"}}), 1, kNow);
  add(family, labels.intern({{"k", "2"}}), 1, kNow + 1ns);
  family.forget_idle(kNow + 10s - 1ns);
  EXPECT_NE(family.exposition("c").find("k=\"1\""), std::string::npos);
  family.forget_idle(kNow + 10s);
  EXPECT_EQ(family.exposition("c"), "# TYPE c counter\nc{k=\"2\"} 1\n");
  add(family, labels.intern({{"k", "1"}}), 1, kNow + 10s);
  EXPECT_NE(family.exposition("c").find("{k=\"1\"} 1\n"), std::string::npos) << "starts at 0";
}

TEST(SeriesFamily, IsBounded) {
  SeriesFamily family(options(SeriesFamily::Type::Counter));
  model::LabelTable labels;
  for (std::size_t i = 0; i < SeriesFamily::kMaxSeries; ++i)
    add(family, labels.intern({{"i", std::to_string(i)}}), 1);
  const model::Labels* more = labels.intern({{"i", "more"}});
  EXPECT_EQ(SeriesFamily::Access(family).find(*more, kNow + 10s - 1ns), nullptr);
  EXPECT_NE(SeriesFamily::Access(family).find(*labels.intern({{"i", "0"}}), kNow), nullptr);
  EXPECT_NE(SeriesFamily::Access(family).find(*more, kNow + 10s), nullptr) << "others are idle";
  // Sets that differ in what is not shown share a series.
  for (std::size_t i = 0; i < 2 * SeriesFamily::kMaxSeries + 1; ++i)
    add(family, labels.intern({{"__i", std::to_string(i)}}), 1, kNow + 20s);
  EXPECT_NE(family.exposition("c").find("c 200001\n"), std::string::npos);
}

}  // namespace
}  // namespace agent::selfmon
