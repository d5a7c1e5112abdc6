#include "agent/selfmon/metrics.h"

#include <cmath>
#include <limits>

#include <gtest/gtest.h>

namespace agent::selfmon {
namespace {

TEST(Scope, WritesTheTextFormat) {
  const Scope scope;
  scope.counter("b_total", "Counts.").add(3);
  scope.counter("b_total", "kind", "a\"\\\n").add();
  scope.gauge("a").set(1.5);
  Histogram& seconds = scope.histogram("c_seconds", {0.1, 1}, {{"path", "/x"}}, "Takes.");
  seconds.observe(0.1);
  seconds.observe(0.5);
  seconds.observe(7);
  EXPECT_EQ(scope.exposition(), R"(# TYPE dunlin_a gauge
dunlin_a 1.5
# HELP dunlin_b_total Counts.
# TYPE dunlin_b_total counter
dunlin_b_total 3
dunlin_b_total{kind="a\"\\\n"} 1
# HELP dunlin_c_seconds Takes.
# TYPE dunlin_c_seconds histogram
dunlin_c_seconds_bucket{path="/x",le="0.1"} 1
dunlin_c_seconds_bucket{path="/x",le="1"} 2
dunlin_c_seconds_bucket{path="/x",le="+Inf"} 3
dunlin_c_seconds_sum{path="/x"} 7.6
dunlin_c_seconds_count{path="/x"} 3
)");
}

TEST(Scope, LabelsAndPrefixesAddUp) {
  const Scope scope("x_");
  const Scope job = scope.with("job", "j");
  job.counter("n").add();
  job.with("pod", "p").counter("n", "pod", "q").add(2);  // the nearer value wins
  job.with_prefix("promtail_").gauge("g").set(std::numeric_limits<double>::infinity());
  EXPECT_EQ(scope.exposition(),
            "# TYPE promtail_g gauge\npromtail_g{job=\"j\"} +Inf\n"
            "# TYPE x_n counter\nx_n{job=\"j\"} 1\nx_n{job=\"j\",pod=\"q\"} 2\n");
}

TEST(Scope, OneNameAndLabelsIsOneMetric) {
  const Scope scope;
  EXPECT_EQ(&scope.counter("n", "a", "1"), &scope.with("a", "1").counter("n"));
  EXPECT_NE(&scope.counter("n", "a", "1"), &scope.counter("n"));
}

TEST(Scope, RemovesWhatIsGone) {
  const Scope scope;
  scope.gauge("g", {{"file", "a"}}).set(1);
  scope.gauge("g", {{"file", "b"}}).set(2);
  scope.remove("g", {{"file", "a"}});
  EXPECT_EQ(scope.exposition(), "# TYPE dunlin_g gauge\ndunlin_g{file=\"b\"} 2\n");
  scope.remove("g", {{"file", "b"}});
  scope.remove("never", {});
  EXPECT_EQ(scope.exposition(), "");
}

TEST(ScopeDeathTest, OneNameHasOneType) {
  const Scope scope;
  scope.counter("n", "a", "1");
  EXPECT_DEATH(scope.gauge("n", {{"a", "1"}}), "internal error");
  EXPECT_DEATH(scope.gauge("n"), "internal error");
}

TEST(Histogram, BoundsAreInclusiveAndNanCountsInTheLast) {
  Histogram h({1, 2});
  for (const double value : {1.0, 1.0000001, 2.0, 2.1})
    h.observe(value);
  EXPECT_EQ(h.cumulative(0), 1U);
  EXPECT_EQ(h.cumulative(1), 3U);
  EXPECT_EQ(h.cumulative(2), 4U);
  h.observe(std::nan(""));
  EXPECT_EQ(h.cumulative(1), 3U);
  EXPECT_EQ(h.cumulative(2), 5U);
}

TEST(Gauge, PrintsEveryNumber) {
  const Scope scope("");
  Gauge& gauge = scope.gauge("g");
  const struct {
    double value;
    const char* text;
  } cases[] = {{0, "0"},
               {-1.25, "-1.25"},
               {1e21, "1e+21"},
               {std::nan(""), "NaN"},
               {-std::numeric_limits<double>::infinity(), "-Inf"}};
  for (const auto& c : cases) {
    gauge.set(c.value);
    EXPECT_EQ(scope.exposition(), std::string("# TYPE g gauge\ng ") + c.text + "\n");
  }
}

}  // namespace
}  // namespace agent::selfmon
