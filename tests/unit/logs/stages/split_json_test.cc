#include <gtest/gtest.h>

#include "tests/unit/logs/stages/harness.h"

namespace agent::logs {
namespace {

TEST(SplitJsonStage, MakesAnEntryOfEachElement) {
  constexpr const char* kStage = "- split_json: {}";
  expect_outcomes({
      {"elements as they are written",
       kStage,
       " [ {\"a\" : [1,2]} ,\"x,]\\\"\", null,-1.50e1 ,true,[ ] ] ",
       {R"({"a" : [1,2]})", R"("x,]\"")", "null", "-1.50e1", "true", "[ ]"}},
      {"one", kStage, "[1]", {"1"}},
      {"labels go with them", kStage, "[1,2]", {R"(1 {a="b"})", R"(2 {a="b"})"}, {{"a", "b"}}},
      {"none", kStage, "[ ]", {}},
      {"an object", kStage, R"({"a":[1]})", {R"({"a":[1]})"}},
      {"not JSON", kStage, "[1,", {"[1,"}},
      {"something behind it", kStage, "[1] 2", {"[1] 2"}},
      {"trailing comma", kStage, "[1,]", {"[1,]"}},
      {"nothing", kStage, "", {""}},
      {"source",
       "- json: {expressions: {r: }}\n- split_json: {source: r}\n- labels: {r: }",
       R"({"r":[1,{"k":2}]})",
       {R"(1 {r="[1,{\"k\":2}]"})", R"({"k":2} {r="[1,{\"k\":2}]"})"}},
      {"source is not there", "- split_json: {source: r}", "[1,2]", {"[1,2]"}},
      {"empty source",
       "- split_json: {source: ''}",
       "",
       {"stages.yaml:1:24: stages[0].split_json.source: source must not be empty"}},
  });
}

TEST(SplitJsonStage, KeepsTheBalance) {
  Bench bench("- split_json: {}\n- labels: {n: job}");
  int closed = 0;
  const auto receipt = bench.receipts.open(4, [&] { ++closed; });
  for (const char* line : {"[1,2,3]", "[]", "[", "4"})
    bench.add(line);
  for (auto& entry : bench.batch.entries)
    entry.receipt = receipt;
  EXPECT_EQ(bench.run(), (Lines{"1", "2", "3", "[", "4"}));
  EXPECT_EQ(closed, 1);
  EXPECT_EQ(bench.ledger.created().value(), 2U);
  EXPECT_EQ(bench.ledger.dropped().values().at("stage_drop"), 1U);
  EXPECT_EQ(
      bench.metrics.counter("logentry_dropped_lines_total", "reason", "split_json_empty").value(),
      1U);
  EXPECT_EQ(bench.metrics.counter("logs_stage_unparsed_total", "stage", "split_json").value(), 1U);
}

TEST(SplitJsonStage, KeepsItsPlaceInsideOfMatch) {
  Bench bench(R"(
- match:
    selector: '{k="1"}'
    stages: [{split_json: {}}, {split_json: {}}]
)");
  const model::LabelSet one{{"k", "1"}};
  const model::LabelSet two{{"k", "2"}};
  bench.add("[[1,2],[3]]", one);
  bench.add("[4]", two);
  bench.add("[5,6]", one);
  EXPECT_EQ(bench.run(), (Lines{"1", "2", "3", "[4]", "5", "6"}));
}

}  // namespace
}  // namespace agent::logs
