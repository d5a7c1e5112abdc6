// How the options of each stage are read: types, case, defaults, places (logs.md 1.1, 5 to 7, 12).
#include <gtest/gtest.h>

#include "tests/unit/logs/stages/harness.h"

namespace agent::logs {
namespace {

TEST(StageOptions, StrictStagesWantTheTypeItself) {
  const struct {
    const char *name, *stage, *message;
  } cases[] = {
      {"text for a flag", "json: {expressions: {a: }, drop_malformed: 'true'}",
       "1:46: stages[0].json.drop_malformed: true or false is asked here, not \"true\""},
      {"number for a flag", "eventlogmessage: {drop_invalid_labels: 1}",
       "1:42: stages[0].eventlogmessage.drop_invalid_labels: true or false is asked here, not "
       "\"1\""},
      {"text for a number", "luhn: {min_length: '8'}",
       "1:22: stages[0].luhn.min_length: a whole number is asked here, not a text"},
      {"number for a text", "output: {source: 5}",
       "1:20: stages[0].output.source: text is asked here; put 5 in quotes"},
      {"boolean for a text", "tenant: {value: true}",
       "1:19: stages[0].tenant.value: text is asked here; put true in quotes"},
      {"number in a map", "labels: {a: 5}",
       "1:15: stages[0].labels.a: text is asked here; put a number or a boolean in quotes"},
      {"number in a list",
       "timestamp: {source: t, format: Unix, fallback_formats: [RFC3339, 2006]}",
       "1:68: stages[0].timestamp.fallback_formats: text is asked here; put a number or a boolean "
       "in quotes"},
      {"text for a list", "timestamp: {source: t, format: Unix, fallback_formats: RFC3339}",
       "1:58: stages[0].timestamp.fallback_formats: a list is asked here, not \"RFC3339\""},
      {"drop reason of match",
       "match: {selector: '{a=\"b\"}', action: drop, drop_counter_reason: 5}",
       "1:67: stages[0].match.drop_counter_reason: text is asked here; put 5 in quotes"},
      {"sources of truncate", "truncate: {rules: [{limit: 1, source_type: label, sources: [1]}]}",
       "1:63: stages[0].truncate.rules[0].sources: text is asked here; put a number or a boolean "
       "in quotes"},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    EXPECT_EQ(Bench("- " + std::string(c.stage)).error, "stages.yaml:" + std::string(c.message));
  }
}

TEST(StageOptions, WeakStagesConvert) {
  expect_outcomes({
      {"text for flag and number", "- limit: {rate: '1', burst: '1', drop: 'true'}", "x", {"x"}},
      {"number for a flag",
       "- limit: {rate: 1, burst: 1.9, drop: 1, by_label_name: a}",
       "x",
       {"x"}},
      {"number for a text", "- drop: {source: n, value: 200}", "x", {}, {{"n", "200"}}},
      {"a fraction", "- drop: {source: n, value: 1.50}", "x", {}, {{"n", "1.5"}}},
      {"true is 1", "- drop: {source: n, value: true}", "x", {}, {{"n", "1"}}},
      {"separator",
       "- drop: {source: [a, b], separator: 0, expression: '^10 2$|^102$'}",
       "x",
       {},
       {{"a", "1"}, {"b", "2"}}},
      {"a text is a list of one",
       "- pack: {labels: a, ingest_timestamp: 'false'}",
       "x",
       {R"({"a":"1","_entry":"x"})"},
       {{"a", "1"}}},
      {"firstline", "- multiline: {firstline: 1, max_lines: '1'}", "1", {"1"}},
      {"no flag at all",
       "- pack: {ingest_timestamp: maybe}",
       "x",
       {"stages.yaml:1:28: stages[0].pack.ingest_timestamp: true or false is asked here, not "
        "\"maybe\""}},
      {"no number at all",
       "- cri: {max_partial_lines: many}",
       "x",
       {"stages.yaml:1:28: stages[0].cri.max_partial_lines: a whole number is asked "
        "here, not \"many\""}},
      {"no rate at all",
       "- limit: {rate: x, burst: 1}",
       "x",
       {"stages.yaml:1:17: stages[0].limit.rate: a number is asked here, not \"x\""}},
  });
}

TEST(StageOptions, WordsThatYamlTakesForBooleansAreText) {
  expect_outcomes({
      {"keys and texts",
       "- json: {expressions: {n: , yes: no}}\n- labels: {on: n, off: yes}",
       R"({"n":1,"no":2})",
       {R"({"n":1,"no":2} {off="2", on="1"})"}},
      {"list",
       "- labeldrop: [y, on]",
       "x",
       {R"(x {z="3"})"},
       {{"on", "1"}, {"y", "2"}, {"z", "3"}}},
      {"static", "- static_labels: {a: yes}", "x", {R"(x {a="yes"})"}},
      {"flag", "- pack: {ingest_timestamp: off}", "x", {R"({"_entry":"x"})"}},
  });
}

TEST(StageOptions, HaveDefaultsWhereTheyAreEmpty) {
  expect_outcomes({
      {"action of match",
       "- match: {selector: '{a=\"b\"}', action: '', stages: [{static_labels: {c: d}}]}",
       "x",
       {R"(x {a="b", c="d"})"},
       {{"a", "b"}}},
      {"stages in any case",
       "- match: {Selector: '{a=\"b\"}', STAGES: [{labeldrop: [a]}]}",
       "x",
       {"x"},
       {{"a", "b"}}},
      {"docker with nothing", "- docker:", "x", {"x"}},
      {"cri with nothing", "- cri:\n- static_labels:\n- labels:", "x", {"x"}},
      {"cri takes 0 for 100",
       "- cri: {max_partial_lines: 0}",
       "2024-05-06T07:08:01Z stdout P x",
       {R"(x {stream="stdout"})"}},
      {"multiline takes many lines",
       "- multiline: {firstline: a, max_lines: 10000000000}",
       "a",
       {"a"}},
      {"partial lines are cut only when asked",
       "- cri: {max_partial_line_size: 2}",
       "2024-05-06T07:08:01Z stdout P abc",
       {R"(abc {stream="stdout"})"}},
      {"below 0, parts are not held together",
       "- cri: {max_partial_lines: -1}",
       "2024-05-06T07:08:01Z stdout P x",
       {R"(x {stream="stdout"})"}},
      {"and then",
       "- cri: {max_partial_line_size: 2, max_partial_line_size_truncate: true}",
       "2024-05-06T07:08:01Z stdout P abc",
       {R"(ab {stream="stdout"})"}},
      {"stage names have their case",
       "- JSON: {}",
       "",
       {"stages.yaml:1:3: stages[0]: there is no stage \"JSON\"; did you mean \"json\"?"}},
      {"two stages in one item",
       "- {docker: {}, cri: {}}",
       "",
       {"stages.yaml:1:3: stages[0]: a stage is a map with one key, its name (\"docker: {}\")"}},
  });
}

TEST(StageOptions, TakeOnlyUtf8AsLabels) {
  expect_outcomes({
      {"labels",
       "- regex: {expression: '(?P<v>.*)'}\n- labels: {v: }\n- structured_metadata: {v: }",
       "\xff",
       {"\xff"}},
      {"labels from groups",
       "- regex: {expression: '(?P<v>.*)', labels_from_groups: true}",
       "\xff",
       {"\xff"}},
  });
}

TEST(AlloyOptions, ExtractMore) {
  expect_outcomes({
      {"regex.labels_from_groups",
       "- regex: {expression: '(?P<a>\\w)(?P<b>\\w)?', labels_from_groups: true}",
       "x",
       {R"(x {a="x"})"},
       {{"a", "old"}, {"b", "gone"}}},
      {"json.regex",
       "- json: {regex: '^k_'}\n- labels: {k_a: , k_b: , other: }",
       R"({"k_a":1,"k_b":{"c":2},"other":3})",
       {R"({"k_a":1,"k_b":{"c":2},"other":3} {k_a="1", k_b="{\"c\":2}"})"}},
      {"logfmt.regex",
       "- logfmt: {regex: '^k_', mapping: {o: other}}\n- labels: {k_a: , o: , x: }",
       "k_a=\"1\\n\" x=2 other=3",
       {"k_a=\"1\\n\" x=2 other=3 {k_a=\"1\\n\", o=\"3\"}"}},
      {"one of the two",
       "- logfmt: {}",
       "",
       {"stages.yaml:1:11: stages[0].logfmt: mapping is required"}},
      {"bad regex",
       "- json: {regex: '['}",
       "",
       {"stages.yaml:1:17: stages[0].json.regex: \"[\" is no regular expression: missing ]: ["}},
  });
}

TEST(AlloyOptions, TrimNewlinesOfBlocks) {
  for (const bool trims : {false, true}) {
    Bench bench("- multiline: {firstline: ^A, trim_newlines: " +
                std::string(trims ? "true}" : "false}"));
    for (const char* line : {"A\r", "b\r\n", "\r", "c"})
      bench.add(line);
    EXPECT_EQ(bench.run(), Lines{});
    EXPECT_EQ(bench.flush(), Lines{trims ? "A\nb\n\nc" : "A\r\nb\r\n\n\r\nc"});
  }
}

TEST(AlloyOptions, FudgeTimesThatRepeat) {
  constexpr const char* kFirst = "2024-05-06T07:08:01.4Z";
  constexpr const char* kSecond = "2024-05-06T07:08:02Z";
  const struct {
    const char *name, *options;
    std::vector<const char*> lines;
    std::vector<int> added_ns;  // to the time of the line; -1: the entry kept its own
  } cases[] = {
      {"kept", "", {kFirst, kFirst}, {0, 0}},
      {"fudged",
       "action_on_duplicate_timestamp: fudge",
       {kFirst, kFirst, kFirst, kSecond, kFirst},
       {0, 1, 2, 0, 0}},
      {"failures are skipped",
       "action_on_duplicate_timestamp: fudge, action_on_failure: skip",
       {kFirst, "none", kFirst},
       {0, -1, 1}},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    Bench bench(
        "- regex: {expression: '(?P<t>.*)'}\n- timestamp: {source: t, format: RFC3339Nano, " +
        std::string(c.options) + "}");
    ASSERT_EQ(bench.error, "");
    for (std::size_t i = 0; i < c.lines.size(); ++i) {
      bench.add(c.lines[i]);
      bench.run();
      const Timestamp base = Timestamp(std::chrono::seconds(1'714'979'281)) +
                             (c.lines[i] == kSecond ? std::chrono::milliseconds(1000)
                                                    : std::chrono::milliseconds(400));
      EXPECT_EQ(bench.last_time,
                c.added_ns[i] < 0 ? kNow : base + std::chrono::nanoseconds(c.added_ns[i]));
    }
  }
  EXPECT_EQ(
      Bench("- timestamp: {source: t, format: Unix, action_on_duplicate_timestamp: skip}").error,
      "stages.yaml:1:71: stages[0].timestamp.action_on_duplicate_timestamp: keep or fudge is "
      "asked here");
}

}  // namespace
}  // namespace agent::logs
