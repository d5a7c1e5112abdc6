#include <gtest/gtest.h>

#include "tests/unit/logs/stages/harness.h"

namespace agent::logs {
namespace {

const model::LabelSet kLabels{{"a", "12345"}, {"b", "12345"}, {"u", "1\xc3\xa9"}};

TEST(TruncateStage, CutsWhatIsTooLong) {
  expect_outcomes({
      {"at the limit", "- truncate: {rules: [{limit: 5}]}", "abcde", {"abcde"}},
      {"just past", "- truncate: {rules: [{limit: 5b}]}", "abcdef", {"abcde"}},
      {"suffix", "- truncate: {rules: [{limit: 5, suffix: '..'}]}", "abcdef", {"abc.."}},
      {"from the limit minus the suffix on",
       "- truncate: {rules: [{limit: 5, suffix: '..'}]}",
       "abcd",
       {"abc.."}},
      {"kilobyte",
       "- truncate: {rules: [{limit: 1 kB}]}",
       std::string(1025, 'x'),
       {std::string(1024, 'x')}},
      {"one label",
       "- truncate: {rules: [{limit: 3, source_type: label, sources: [a, none]}]}",
       "x",
       {"x {a=\"123\", b=\"12345\", u=\"1\xc3\xa9\"}"},
       kLabels},
      {"all labels, whole characters",
       "- truncate: {rules: [{limit: 2, source_type: label}]}",
       "x",
       {R"(x {a="12", b="12", u="1"})"},
       kLabels},
      {"metadata",
       "- structured_metadata: {a: , b: }\n- labeldrop: [u]\n"
       "- truncate: {rules: [{limit: 4, suffix: '~', source_type: structured_metadata, "
       "sources: [b]}]}",
       "x",
       {"x [a=12345] [b=123~]"},
       kLabels},
      {"extracted",
       "- json: {expressions: {t: , n: }}\n"
       "- truncate: {rules: [{limit: 2, source_type: extracted}]}\n- labels: {t: , n: }",
       R"({"t":"abc","n":123})",
       {R"({"t":"abc","n":123} {n="123", t="ab"})"}},
  });
}

TEST(TruncateStage, ListsWhatItCut) {
  constexpr const char* kStages =
      "- truncate: {rules: [{limit: 2}, {limit: 1, source_type: label}]}\n"
      "- truncate: {rules: [{limit: 1}, {limit: 2, source_type: extracted, sources: [job]}]}";
  EXPECT_EQ(extracted_by(kStages, "abc", {{"job", "web"}}),
            (Lines{"job=we", "truncated=extracted,label,line"}));
  EXPECT_EQ(extracted_by(kStages, "a", {{"job", "w"}}), Lines{"job=w"});
}

TEST(TruncateStage, RefusesBadRules) {
  expect_outcomes({
      {"none",
       "- truncate: {}",
       "",
       {"stages.yaml:1:13: stages[0].truncate: rules are needed, at least one"}},
      {"no limit",
       "- truncate: {rules: [{suffix: a}]}",
       "",
       {"stages.yaml:1:22: stages[0].truncate.rules[0].limit: a limit above 0 is needed"}},
      {"fraction",
       "- truncate: {rules: [{limit: 1.5kb}]}",
       "",
       {"stages.yaml:1:30: stages[0].truncate.rules[0].limit: a size is asked here (digits and b, "
        "kb, mb, gb), not \"1.5kb\""}},
      {"suffix",
       "- truncate: {rules: [{limit: 2}, {limit: 2, suffix: ab}]}",
       "",
       {"stages.yaml:1:53: stages[0].truncate.rules[1].suffix: the suffix has to be shorter than "
        "the limit"}},
      {"sources of a line",
       "- truncate: {rules: [{limit: 2, sources: [a]}]}",
       "",
       {"stages.yaml:1:42: stages[0].truncate.rules[0].sources: a line has no sources"}},
      {"type",
       "- truncate: {rules: [{limit: 2, source_type: labels}]}",
       "",
       {"stages.yaml:1:46: stages[0].truncate.rules[0].source_type: line, label, "
        "structured_metadata or extracted is asked here"}},
  });
}

}  // namespace
}  // namespace agent::logs
