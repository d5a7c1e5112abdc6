#include <gtest/gtest.h>

#include "tests/unit/logs/stages/harness.h"

namespace agent::logs {
namespace {

// The line that `stages` make of `line`; the labels are {job="web"}.
std::string line_of(const std::string& stages, std::string_view line) {
  Bench bench(stages);
  if (!bench.error.empty()) return bench.error;
  bench.add(line);
  const Lines out = bench.run();
  return out.size() == 1 ? out[0] : "no line";
}

TEST(TemplateStage, MakesAValueOutOfOthers) {
  const struct {
    const char *name, *options, *line, *result;
  } cases[] = {
      {"its own value", "{source: app, template: '{{ .Value }}_x'}", "app=shop", "shop_x"},
      {"no value of its own", "{source: o, template: '[{{ .Value }}]'}", "app=shop",
       "[<no value>]"},
      {"another value and the line", "{source: o, template: '{{ .app }}: {{ .Entry }}'}", "app=a b",
       "a: app=a b"},
      {"a label", "{source: o, template: '{{ .job }}'}", "app=a", "web"},
      {"an extracted Entry is hidden", "{source: Entry, template: '{{ .Entry }}'}", "app=a",
       "app=a"},
      {"all of it", "{source: o, template: '{{ . }}'}", "app=a", "map[Entry:app=a app:a job:web]"},
      {"a failing run leaves the value", "{source: app, template: '{{ ToLower .nope }}'}", "app=A",
       "A"},
      {"an empty result takes it away", "{source: app, template: '{{ if .x }}{{ end }}'}", "app=A",
       "app=A"},
      {"no template is an empty one", "{source: app}", "app=A", "app=A"},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    const std::string source = std::string(c.options).find("source: app") == 1 ? "app" : "o";
    const std::string stages =
        "- logfmt: {mapping: {app: }}\n- template: " + std::string(c.options) +
        "\n- output: {source: " + source + "}\n- output: {source: Entry}";
    EXPECT_EQ(line_of(stages, c.line), c.result);
  }
}

TEST(TemplateStage, SeesNumbersAsTextAndNullsNot) {
  EXPECT_EQ(line_of(R"(
- json: {expressions: {n: , t: , z: }}
- template: {source: o, template: '{{ .n }} {{ len .n }} {{ typeOf .t }} {{ .z }}'}
- output: {source: o})",
                    R"({"n":1500000,"t":true,"z":null})"),
            "1500000 7 string <no value>");
}

TEST(TemplateStage, CountsRunsThatFail) {
  Bench bench("- template: {source: o, template: '{{ index (list) 1 }}'}");
  bench.add("x");
  bench.add("y");
  EXPECT_EQ(bench.run(), (Lines{"x", "y"}));
  EXPECT_EQ(bench.metrics.counter("logs_stage_unparsed_total", "stage", "template").value(), 2U);
}

TEST(TemplateStage, NamesThePlaceOfAnError) {
  EXPECT_EQ(
      Bench("- template:\n    source: a\n    template: '{{ toLower .a }}'").error,
      "stages.yaml:3:15: stages[0].template.template: template:1:4: function \"toLower\" is not "
      "defined; did you mean \"ToLower\"?");
  EXPECT_EQ(Bench("- template: {template: x}").error,
            "stages.yaml:1:13: stages[0].template.source: this key is required");
  EXPECT_EQ(Bench("- template: {source: 1}").error.substr(0, 33),
            "stages.yaml:1:22: stages[0].templ");
}

TEST(TemplateStage, CountsAsExtractedForDrop) {
  const Bench bench("- template: {source: level, template: x}\n- drop: {expression: level=x}");
  ASSERT_EQ(bench.report.problems().size(), 1U);
  EXPECT_EQ(bench.report.problems()[0].severity, config::Severity::Note);
}

TEST(ReplaceStage, ReplacesCapturedParts) {
  const struct {
    const char *name, *options, *line, *result;
  } cases[] = {
      {"every match", "{expression: 'p=(\\S+)', replace: '*'}", "p=a x p=b", "p=* x p=*"},
      {"no group", "{expression: 'a', replace: '*'}", "banana", "banana"},
      {"no match", "{expression: '(x)', replace: '*'}", "banana", "banana"},
      {"value", "{expression: '(an)', replace: '{{ .Value | ToUpper }}'}", "banana", "bANANa"},
      {"another value", "{expression: '(an)', replace: '{{ .job }}'}", "ban", "bweb"},
      {"nothing", "{expression: '( x)'}", "a x b x", "a b"},
      {"unmatched groups stay", "{expression: 'a(x)?b(y)?', replace: _}", "ab axb axby",
       "ab a_b a_b_"},
      {"the outer of nested groups", "{expression: '(a(b)c)(d)?', replace: '<{{ .Value }}>'}",
       "abcd abc", "<abc><d> <abc>"},
      {"empty parts", "{expression: 'x()y', replace: '-'}", "xyxy", "x-yx-y"},
      {"at both ends", "{expression: '^()|()$', replace: '|'}", "ab", "|ab|"},
      {"bytes that are no UTF-8", "{expression: 'a(.)b', replace: '?'}",
       "a\xFF"
       "b",
       "a?b"},
      {"a failing template", "{expression: '(a)', replace: '{{ ToLower .nope }}'}", "a", "a"},
      {"typed as texts", "{expression: '(a)', replace: '{{ typeOf . }}{{ index . \"x\" }}'}", "a",
       "map[string]string"},
      {"a template that cannot be read", "{expression: '(a)', replace: '{{ nope }}'}", "a", "a"},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    EXPECT_EQ(line_of("- replace: " + std::string(c.options), c.line), c.result);
  }
}

TEST(ReplaceStage, ChangesItsSourceAndNotTheLine) {
  Bench bench(R"(
- logfmt: {mapping: {u: }}
- replace: {source: u, expression: '\?(.*)$', replace: gone}
- replace: {source: nope, expression: '(.)', replace: gone}
- labels: {u: })");
  bench.add("u=\"/a?t=1\"");
  EXPECT_EQ(bench.run(), Lines{"u=\"/a?t=1\""});
  EXPECT_EQ(bench.last_labels, R"({job="web", u="/a?gone"})");
}

TEST(ReplaceStage, StoresNamedGroupsOfTheFirstMatch) {
  Bench bench(R"(
- replace: {expression: '(?P<user>\w+)(:(?P<id>\d+))?', replace: '<{{ .Value }}>'}
- labels: {user: , id: })");
  bench.add("ann:1 bob:2");
  EXPECT_EQ(bench.run(), Lines{"<ann><:1> <bob><:2>"});
  EXPECT_EQ(bench.last_labels, R"({id="<1>", job="web", user="<ann>"})");
}

TEST(ReplaceStage, WarnsOfATemplateThatCannotBeRead) {
  const Bench bench(
      "- replace: {expression: '(?P<x>a)', replace: '{{ nope }}'}\n- drop: {expression: x=1}");
  EXPECT_EQ(bench.error, "");
  ASSERT_EQ(bench.report.problems().size(), 2U);
  EXPECT_EQ(bench.report.problems()[0].severity, config::Severity::Warning);
  EXPECT_EQ(config::to_string(bench.report.problems()[0]),
            "stages.yaml:1:46: stages[0].replace.replace: template:1:4: function \"nope\" is not "
            "defined; nothing is replaced");
}

}  // namespace
}  // namespace agent::logs
