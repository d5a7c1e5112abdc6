#include "agent/logs/stages/line_pattern.h"

#include <gtest/gtest.h>

#include "tests/unit/logs/stages/harness.h"

namespace agent::logs {
namespace {

TEST(PatternStage, ExtractsCaptures) {
  const struct {
    const char *name, *pattern, *line;
    Lines found;
  } cases[] = {
      {"access log",
       R"(<ip> - <user> [<_>] "<method> <path> <_>" <status>)",
       R"(10.1.1.1 - bob [now] "GET /x HTTP/1.1" 200)",
       {"ip=10.1.1.1", "method=GET", "path=/x", "status=200", "user=bob"}},
      {"literal at the start", "a<x>", "abc", {"x=bc"}},
      {"has to be there", "a<x>", "bac", {}},
      {"literal at the end", "<x>;", "1;2;", {"x=1"}},
      {"is not there", "<x>;", "12", {"x=12"}},
      {"a literal that is missing takes the rest", "<a>, <b>; <c>", "1, 2", {"a=1", "b=2"}},
      {"the first one too", "<a>, <b>; <c>", "1", {"a=1"}},
      {"unnamed takes the rest", "<_>, <b>", "1", {}},
      {"empty captures", "<a>,<b>,<c>", ",,", {"a=", "b=", "c="}},
      {"nothing is left", "x<a>", "x", {"a="}},
      {"empty line", "<a>", "", {}},
      {"no names are literal text", "<1><a b><a>>", "<1><a b>x>", {"a=x"}},
      {"beyond ASCII",
       "\xe2\x82\xac<a>\xc3\xa9<b>",
       "\xe2\x82\xac"
       "1\xc3\xa9"
       "2",
       {"a=1", "b=2"}},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    EXPECT_EQ(extracted_by("- pattern: {pattern: '" + std::string(c.pattern) + "'}", c.line),
              c.found);
  }
}

TEST(PatternStage, ReadsItsSourceAndSetsLabels) {
  expect_outcomes({
      {"source",
       "- pattern: {source: s, pattern: 'a<x>'}\n- labels: {x: }",
       "b",
       {R"(b {s="abc", x="bc"})"},
       {{"s", "abc"}}},
      {"labels",
       "- pattern: {pattern: '<k>=<v>', labels_from_groups: true}",
       "x=y",
       {R"(x=y {k="x", v="y"})"},
       {{"k", "old"}}},
      {"a label is UTF-8",
       "- pattern: {pattern: '<k>=<v>', labels_from_groups: true}",
       "\xff=y",
       {"\xff=y {v=\"y\"}"}},
      {"names count as extracted earlier",
       "- pattern: {pattern: '<k>=<v>'}\n- drop: {expression: 'k=x'}",
       "x=y",
       {"stages.yaml:2:22: stages[1].drop.expression: read as a pattern on the line, or the "
        "extracted value \"k\" being \"x\"; to ask for the value alone, write source: k, value: "
        "\"x\""}},
  });
}

TEST(PatternStage, NamesTheFault) {
  expect_outcomes({
      {"missing",
       "- pattern: {}",
       "",
       {"stages.yaml:1:12: stages[0].pattern.pattern: this key is required"}},
      {"no capture",
       "- pattern: {pattern: abc}",
       "",
       {"stages.yaml:1:22: stages[0].pattern.pattern: a pattern needs a capture with a name, such "
        "as <user>"}},
      {"unnamed alone",
       "- pattern: {pattern: 'a <_>'}",
       "",
       {"stages.yaml:1:22: stages[0].pattern.pattern: a pattern needs a capture with a name, such "
        "as <user>"}},
      {"in a row",
       "- pattern: {pattern: '<a><_>'}",
       "",
       {"stages.yaml:1:22: stages[0].pattern.pattern: pattern, column 4: two captures need a text "
        "between them"}},
      {"twice",
       "- pattern: {pattern: '<a> <a>'}",
       "",
       {"stages.yaml:1:22: stages[0].pattern.pattern: pattern, column 5: <a> is there twice"}},
  });
}

TEST(PatternStage, CountsLinesThatDoNotFit) {
  Bench bench("- pattern: {pattern: 'a<x>'}");
  bench.add("b");
  EXPECT_EQ(bench.run(), Lines{"b"});
  EXPECT_EQ(bench.metrics.counter("logs_stage_unparsed_total", "stage", "pattern").value(), 1U);
}

}  // namespace
}  // namespace agent::logs
