#include <gtest/gtest.h>

#include "agent/base/strings.h"

#include "tests/unit/logs/stages/harness.h"

namespace agent::logs {
namespace {

using namespace std::chrono_literals;

// The page without what the agent counts about itself.
std::string page_of(const selfmon::Scope& scope) {
  const std::string page = scope.exposition();
  std::string out;
  for (std::string_view line : split(page, '\n'))
    if (!line.empty() && line.find("dunlin_") == std::string_view::npos)
      out += std::string(line) + "\n";
  return out;
}

// What one metric, `x`, shows after these lines went through json {v} and the stage.
std::string shown(const std::string& options, const Lines& lines) {
  Bench bench("- json: {expressions: {v: }}\n- metrics: {x: " + options + "}");
  if (!bench.error.empty()) return bench.error;
  for (const std::string& line : lines)
    bench.add(line, {});
  EXPECT_EQ(bench.run(), lines);
  return page_of(bench.metrics);
}

TEST(MetricsStage, CountsAndMeasures) {
  constexpr const char* kCounter = "# TYPE promtail_custom_x counter\npromtail_custom_x ";
  constexpr const char* kGauge = "# TYPE promtail_custom_x gauge\npromtail_custom_x ";
  const Lines mixed{R"({"v":3})",      R"({"v":"500ms"})", R"({"v":"+2.5"})", R"({"v":true})",
                    R"({"v":"text"})", R"({"v":null})",    R"({"w":1})",      "no json"};
  const struct {
    const char *name, *options;
    Lines lines;
    std::string page;
  } cases[] = {
      {"inc counts what has the source", "{type: Counter, source: v, config: {action: inc}}", mixed,
       kCounter + std::string("7\n")},
      {"value", "{type: counter, source: v, config: {action: Inc, value: '3'}}", mixed,
       kCounter + std::string("1\n")},
      {"value and null", "{type: counter, source: v, config: {action: inc, value: ''}}", mixed, ""},
      {"add takes numbers", "{type: COUNTER, source: v, config: {action: add}}", mixed,
       kCounter + std::string("7\n")},
      {"a counter never falls",
       "{type: Counter, source: v, config: {action: add}}",
       {R"({"v":2})", R"({"v":-1})"},
       kCounter + std::string("2\n")},
      {"match_all", "{type: Counter, Config: {Match_All: true, action: inc}}", mixed,
       kCounter + std::string("8\n")},
      {"match_all with add counts bytes",
       "{type: Counter, config: {match_all: true, "
       "count_entry_bytes: true, action: add}}",
       {"12345", "{}"},
       kCounter + std::string("7\n")},
      {"or else nothing", "{type: Counter, config: {match_all: true, action: add}}", mixed, ""},
      {"source is the name", "{type: Counter, config: {action: inc}}", mixed, ""},
      {"set",
       "{type: Gauge, source: v, config: {action: set}}",
       {R"({"v":2})", R"({"v":"-1h"})"},
       kGauge + std::string("-3600\n")},
      {"gauge add",
       "{type: Gauge, source: v, config: {action: add}}",
       {R"({"v":2})", R"({"v":-3})"},
       kGauge + std::string("-1\n")},
      {"gauge sub",
       "{type: Gauge, source: v, config: {action: sub}}",
       {R"({"v":2})", R"({"v":-3})"},
       kGauge + std::string("1\n")},
      {"gauge inc",
       "{type: Gauge, source: v, config: {action: inc}}",
       {R"({"v":null})"},
       kGauge + std::string("1\n")},
      {"gauge dec",
       "{type: Gauge, source: v, config: {action: dec}}",
       {R"({"v":"x"})", R"({"v":0})"},
       kGauge + std::string("-2\n")},
      {"false",
       "{type: Gauge, source: v, config: {action: set}}",
       {R"({"v":false})"},
       kGauge + std::string("0\n")},
      {"description and prefix",
       "{type: Counter, description: \"a\\nb\", prefix: p_, config: {match_all: true, action: "
       "inc}}",
       {"1"},
       "# HELP p_x a\\nb\n# TYPE p_x counter\np_x 1\n"},
      {"histogram",
       "{type: Histogram, source: v, config: {buckets: [1, 5, 10.5]}}",
       {R"({"v":1})", R"({"v":"5.5"})", R"({"v":"NaN"})", R"({"v":"x"})"},
       "# TYPE promtail_custom_x histogram\n"
       "promtail_custom_x_bucket{le=\"1\"} 1\npromtail_custom_x_bucket{le=\"5\"} 1\n"
       "promtail_custom_x_bucket{le=\"10.5\"} 2\npromtail_custom_x_bucket{le=\"+Inf\"} 3\n"
       "promtail_custom_x_sum NaN\npromtail_custom_x_count 3\n"},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    EXPECT_EQ(shown(c.options, c.lines), c.page);
  }
}

TEST(MetricsStage, HasTheDefaultBuckets) {
  const std::string page = shown("{type: Histogram, source: v}", {R"({"v":"3s"})"});
  EXPECT_NE(page.find("_bucket{le=\"0.005\"} 0\n"), std::string::npos);
  EXPECT_NE(page.find("_bucket{le=\"2.5\"} 0\n"), std::string::npos);
  EXPECT_NE(page.find("_bucket{le=\"5\"} 1\n"), std::string::npos);
  EXPECT_NE(page.find("_bucket{le=\"+Inf\"} 1\n"), std::string::npos);
}

TEST(MetricsStage, CountsWhatItIgnores) {
  Bench bench(
      "- json: {expressions: {v: }}\n"
      "- metrics: {a: {type: Counter, source: v, config: {action: add}}}");
  for (const char* line : {R"({"v":1})", R"({"v":-1})", R"({"v":"x"})", R"({"v":null})", "{}"})
    bench.add(line);
  bench.run();
  // Absent is null after json: only a source that nobody set says nothing.
  EXPECT_EQ(bench.metrics.counter("logs_stage_unparsed_total", "stage", "metrics").value(), 4U);
}

TEST(MetricsStage, ShowsTheLabelsOfThatMoment) {
  Bench bench(
      "- metrics: {a: {type: Counter, config: {match_all: true, action: inc}}}\n"
      "- static_labels: {'b-c': x}\n- tenant: {value: t}\n"
      "- metrics: {b: {type: Counter, config: {match_all: true, action: inc}}}");
  bench.add("x", {{"job", "1"}, {"__tenant_id__", "a"}});
  bench.add("x", {{"job", "1"}, {"__tenant_id__", "b"}});
  bench.add("x", {{"job", "2"}});
  bench.run();
  EXPECT_EQ(page_of(bench.metrics),
            "# TYPE promtail_custom_a counter\n"
            "promtail_custom_a{job=\"1\"} 2\npromtail_custom_a{job=\"2\"} 1\n"
            "# TYPE promtail_custom_b counter\n"
            "promtail_custom_b{b_c=\"x\",job=\"1\"} 2\npromtail_custom_b{b_c=\"x\",job=\"2\"} 1\n");
}

TEST(MetricsStage, ForgetsIdleSeriesAfterAScrape) {
  Bench bench(
      "- metrics: {a: {type: Counter, max_idle_duration: 10s, config: {match_all: true, action: "
      "inc}}}");
  bench.add("x", {{"k", "1"}});
  bench.add("x", {{"k", "2"}});
  bench.run(kNow);
  bench.add("x", {{"k", "2"}});
  bench.run(kNow + 5s);
  bench.metrics.forget_idle_series(kNow + 10s - 1ns);
  EXPECT_NE(page_of(bench.metrics).find("{k=\"1\"} 1"), std::string::npos);
  bench.metrics.forget_idle_series(kNow + 10s);
  EXPECT_EQ(page_of(bench.metrics),
            "# TYPE promtail_custom_a counter\npromtail_custom_a{k=\"2\"} 2\n");
  bench.add("x", {{"k", "1"}});
  bench.run(kNow + 10s);
  EXPECT_NE(page_of(bench.metrics).find("{k=\"1\"} 1"), std::string::npos) << "from 0 again";
}

TEST(MetricsStage, StartsAnewAtAReload) {
  Bench bench("- metrics: {a: {type: Counter, config: {match_all: true, action: inc}}}");
  for (int i = 0; i < 3; ++i) {
    if (i == 2) {
      bench.metrics.restart_series();
      EXPECT_EQ(page_of(bench.metrics), "");
    }
    bench.add("x", {});
    bench.run();
  }
  EXPECT_EQ(page_of(bench.metrics), "# TYPE promtail_custom_a counter\npromtail_custom_a 1\n");
}

TEST(MetricsStage, SharesANameOfOneType) {
  Bench bench(
      "- metrics: {a: {type: Counter, config: {match_all: true, action: inc}}}\n"
      "- metrics: {a: {type: counter, config: {match_all: true, action: inc}}}");
  bench.add("x", {});
  bench.run();
  EXPECT_EQ(page_of(bench.metrics), "# TYPE promtail_custom_a counter\npromtail_custom_a 2\n");
}

TEST(MetricsStage, NamesTheFault) {
  const auto with = [](const char* options) {
    return "- metrics: {a: {" + std::string(options) + "}}";
  };
  const struct {
    const char* name;
    std::string yaml, message;
  } cases[] = {
      {"nothing", "- metrics:", "1:3: stages[0].metrics: a map of metrics is asked here"},
      {"no type", with(""),
       "1:16: stages[0].metrics.a.type: Counter, Gauge or Histogram is asked here"},
      {"type", with("type: Summary"),
       "1:23: stages[0].metrics.a.type: Counter, Gauge or Histogram is asked here"},
      {"no action", with("type: Counter"),
       "1:16: stages[0].metrics.a.config: a config with an action is needed"},
      {"action of a counter", with("type: Counter, config: {action: sub}"),
       "1:49: stages[0].metrics.a.config.action: a counter needs the action inc or add"},
      {"action of a gauge", with("type: Gauge, config: {action: observe}"),
       "1:47: stages[0].metrics.a.config.action: a gauge needs the action set, inc, dec, add or "
       "sub"},
      {"value and match_all",
       with("type: Counter, config: {match_all: true, value: x, action: inc}"),
       "1:65: stages[0].metrics.a.config.value: match_all takes all: it has no value"},
      {"value is text", with("type: Counter, config: {value: 200, action: inc}"),
       "1:48: stages[0].metrics.a.config.value: text is asked here; put 200 in quotes"},
      {"bytes of all", with("type: Counter, config: {count_entry_bytes: true, action: add}"),
       "1:60: stages[0].metrics.a.config.count_entry_bytes: it needs match_all: true"},
      {"bytes are added",
       with("type: Counter, config: {match_all: true, count_entry_bytes: true, action: inc}"),
       "1:77: stages[0].metrics.a.config.count_entry_bytes: it needs action: add"},
      {"idle", with("type: Gauge, max_idle_duration: 999ms, config: {action: set}"),
       "1:49: stages[0].metrics.a.max_idle_duration: at least 1s is asked here"},
      {"buckets", with("type: Histogram, config: {buckets: [1, 1]}"),
       "1:52: stages[0].metrics.a.config.buckets: buckets have to ascend"},
      {"bucket", with("type: Histogram, config: {buckets: [1, '2']}"),
       "1:56: stages[0].metrics.a.config.buckets: a number is asked here"},
      {"another type",
       with("type: Gauge, config: {action: set}") +
           "\n- metrics: {a: {type: Counter, config: {action: inc}}}",
       "2:13: stages[1].metrics.a: \"promtail_custom_a\" is defined with another type elsewhere"},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    EXPECT_EQ(Bench(c.yaml).error, "stages.yaml:" + c.message);
  }
}

TEST(MetricsStage, WarnsOfWhatIsShownOtherwise) {
  const Bench name("- metrics: {a-b: {type: Counter, config: {action: inc}}}");
  ASSERT_EQ(name.report.problems().size(), 1U);
  EXPECT_EQ(name.report.problems()[0].message,
            "this is no metric name; it is shown as \"promtail_custom_a_b\"");
  const Bench buckets(
      "- metrics: {a: {type: Histogram, config: {buckets: [1]}}}\n"
      "- metrics: {a: {type: Histogram, config: {buckets: [2]}}}");
  ASSERT_EQ(buckets.report.problems().size(), 1U);
  EXPECT_EQ(buckets.report.problems()[0].message, "it has other buckets elsewhere: those count");
}

}  // namespace
}  // namespace agent::logs
