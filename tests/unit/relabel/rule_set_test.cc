#include "agent/relabel/rule_set.h"

#include <optional>

#include <gtest/gtest.h>

#include "agent/config/node.h"
#include "agent/relabel/read_rules.h"

namespace agent::relabel {
namespace {

using model::LabelSet;

RuleSet rules_of(const std::string& yaml) {
  const auto node = config::parse(yaml);
  EXPECT_TRUE(node) << yaml;
  config::Report report;
  const auto rules = read_rules(*node, report, "rules", Spelling::SnakeCase);
  EXPECT_FALSE(report.has_errors()) << report.status().error().message;
  const auto compiled = RuleSet::compile(rules);
  EXPECT_TRUE(compiled);
  return *compiled;
}

struct Case {
  const char* name;
  const char* rules;  // YAML
  LabelSet in;
  std::optional<LabelSet> out;  // nullopt: dropped
};

void expect_results(const std::vector<Case>& cases) {
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    LabelSet labels = c.in;
    const bool kept = rules_of(c.rules).apply(labels);
    ASSERT_EQ(kept, c.out.has_value());
    if (kept) {
      EXPECT_EQ(labels, *c.out);
    }
  }
}

TEST(RuleSet, Replaces) {
  expect_results({
      {"no rules", "[]", {{"a", "1"}}, LabelSet{{"a", "1"}}},
      {"copy",
       "[{source_labels: [a], target_label: b}]",
       {{"a", "1"}},
       LabelSet{{"a", "1"}, {"b", "1"}}},
      {"joined",
       "[{source_labels: [a, c, a], target_label: b}]",
       {{"a", "1"}, {"c", "2"}},
       LabelSet{{"a", "1"}, {"b", "1;2;1"}, {"c", "2"}}},
      {"empty separator",
       "[{source_labels: [a, a], separator: '', target_label: b}]",
       {{"a", "1"}},
       LabelSet{{"a", "1"}, {"b", "11"}}},
      {"absent source deletes",
       "[{source_labels: [x], target_label: a}]",
       {{"a", "1"}},
       LabelSet{}},
      {"empty replacement deletes",
       "[{target_label: a, replacement: ''}]",
       {{"a", "1"}},
       LabelSet{}},
      {"no match leaves all",
       "[{source_labels: [a], regex: x, target_label: b}]",
       {{"a", "1"}},
       LabelSet{{"a", "1"}}},
      {"both ends are anchored",
       "[{source_labels: [a], regex: b|bb, target_label: c}]",
       {{"a", "abb"}},
       LabelSet{{"a", "abb"}}},
      {"dot matches newlines",
       "[{source_labels: [a], regex: 'x.y', target_label: b}]",
       {{"a", "x\ny"}},
       LabelSet{{"a", "x\ny"}}},
      {"Go's group names",
       "[{source_labels: [a], regex: '(?<n>.)[(?<].*', target_label: b, "
       "replacement: '$n'}]",
       {{"a", "q(r"}},
       LabelSet{{"a", "q(r"}, {"b", "q"}}},
      {"a quoted (?< stays",
       "[{source_labels: [a], regex: '\\Q(?<\\E(.)', target_label: b}]",
       {{"a", "(?<x"}},
       LabelSet{{"a", "(?<x"}, {"b", "x"}}},
      {"target from a group",
       "[{source_labels: [a], regex: '(.)=(.)', target_label: 'l_$1', "
       "replacement: '$2'}]",
       {{"a", "k=v"}},
       LabelSet{{"a", "k=v"}, {"l_k", "v"}}},
      {"an empty target skips",
       "[{source_labels: [a], target_label: '${2}'}]",
       {{"a", "1"}},
       LabelSet{{"a", "1"}}},
      {"null regex is the empty one",
       "[{source_labels: [x], regex: , target_label: b, "
       "replacement: none}]",
       {{"a", "1"}},
       LabelSet{{"a", "1"}, {"b", "none"}}},
      {"a list of expressions",
       "[{source_labels: [a], regex: [x, '1'], target_label: b, "
       "replacement: 'y'}]",
       {{"a", "1"}},
       LabelSet{{"a", "1"}, {"b", "y"}}},
  });
}

TEST(RuleSet, KeepsAndDrops) {
  expect_results({
      {"keep",
       "[{source_labels: [a], regex: '1', action: keep}]",
       {{"a", "1"}},
       LabelSet{{"a", "1"}}},
      {"keep drops", "[{source_labels: [a], regex: '2', action: keep}]", {{"a", "1"}}, {}},
      {"keep by default keeps", "[{action: keep}]", {{"a", "1"}}, LabelSet{{"a", "1"}}},
      {"drop", "[{source_labels: [a], regex: '1', action: drop}]", {{"a", "1"}}, {}},
      {"drop by default drops", "[{action: drop}]", {{"a", "1"}}, {}},
      {"action in capitals", "[{action: DROP}]", {{"a", "1"}}, {}},
      {"the first failure ends it", "[{action: drop}, {action: keep}]", {{"a", "1"}}, {}},
      {"keepequal",
       "[{source_labels: [a], target_label: b, action: keepequal}]",
       {{"a", "1"}, {"b", "1"}},
       LabelSet{{"a", "1"}, {"b", "1"}}},
      {"keepequal drops",
       "[{source_labels: [a], target_label: b, action: keepequal}]",
       {{"a", "1"}},
       {}},
      {"two absent labels are equal",
       "[{source_labels: [x], target_label: y, action: dropequal}]",
       {{"a", "1"}},
       {}},
  });
}

TEST(RuleSet, WorksOnNamesAndText) {
  expect_results({
      {"hashmod of nothing",
       "[{source_labels: [x], modulus: 64, target_label: h, action: hashmod}]",
       {},
       LabelSet{{"h", "62"}}},
      {"labelmap reads the set as it was",
       "[{regex: 'x_(.+)', action: labelmap}]",
       {{"x_x_a", "1"}, {"x_a", "2"}},
       LabelSet{{"a", "2"}, {"x_a", "1"}, {"x_x_a", "1"}}},
      {"labelmap: the later name wins",
       "[{regex: '(a|b)(1|2)', replacement: '$1', action: labelmap}]",
       {{"a1", "first"}, {"a2", "second"}},
       LabelSet{{"a", "second"}, {"a1", "first"}, {"a2", "second"}}},
      {"labelmap to nothing is no name",
       "[{regex: 'a(.*)', action: labelmap}]",
       {{"a", "1"}},
       LabelSet{{"a", "1"}}},
      {"labeldrop",
       "[{regex: 'a|b', action: labeldrop}]",
       {{"a", "1"}, {"b", "2"}, {"ab", "3"}},
       LabelSet{{"ab", "3"}}},
      {"labelkeep",
       "[{regex: 'a|b', action: labelkeep}]",
       {{"__name__", "x"}, {"a", "1"}},
       LabelSet{{"a", "1"}}},
      {"lowercase",
       "[{source_labels: [a], target_label: a, action: lowercase}]",
       {{"a", "ÉX"}},
       LabelSet{{"a", "éx"}}},
      {"uppercase of nothing deletes",
       "[{source_labels: [x], target_label: a, action: uppercase}]",
       {{"a", "b"}},
       LabelSet{}},
  });
}

TEST(RuleSet, HasTheExtensions) {
  expect_results({
      {"replace_all",
       "[{source_labels: [a], regex: '[.-]', replacement: _, target_label: a, "
       "action: replace_all}]",
       {{"a", "x.y-z"}},
       LabelSet{{"a", "x_y_z"}}},
      {"replace_all with empty matches",
       "[{source_labels: [a], regex: 'q*', replacement: '-', "
       "target_label: b, action: replace_all}]",
       {{"a", "xqy"}},
       LabelSet{{"a", "xqy"}, {"b", "-x--y-"}}},
      {"replace_all without a match",
       "[{source_labels: [a], regex: q, target_label: b, "
       "action: replace_all}]",
       {{"a", "xy"}},
       LabelSet{{"a", "xy"}}},
      {"labelmap_all",
       "[{regex: '-', replacement: _, action: labelmap_all}]",
       {{"a-b-c", "1"}, {"d", "2"}},
       LabelSet{{"a_b_c", "1"}, {"d", "2"}}},
      {"keep_if_equal", "[{source_labels: [a, b], action: keep_if_equal}]", {{"a", "1"}}, {}},
      {"drop_if_equal",
       "[{source_labels: [a, b], action: drop_if_equal}]",
       {{"a", "1"}, {"b", "1"}},
       {}},
      {"keep_if_contains",
       "[{source_labels: [a, b], target_label: t, action: keep_if_contains}]",
       {{"a", "x"}, {"b", "y"}, {"t", "x,z"}},
       {}},
      {"drop_if_contains",
       "[{source_labels: [a], target_label: t, action: drop_if_contains}]",
       {{"a", "x"}, {"t", "x,z"}},
       {}},
      {"keep_metrics", "[{regex: 'up|x', action: keep_metrics}]", {{"__name__", "upx"}}, {}},
      {"drop_metrics", "[{regex: 'up|x', action: drop_metrics}]", {{"__name__", "x"}}, {}},
      {"if skips",
       "[{if: '{a=\"2\"}', target_label: b, replacement: c}]",
       {{"a", "1"}},
       LabelSet{{"a", "1"}}},
      {"if holds",
       "[{if: ['{a=\"2\"}', '{a=\"1\"}'], target_label: b, replacement: c}]",
       {{"a", "1"}},
       LabelSet{{"a", "1"}, {"b", "c"}}},
      {"if with keep drops", "[{if: '{a=\"2\"}', action: keep}]", {{"a", "1"}}, {}},
      {"if with drop skips",
       "[{if: '{a=\"2\"}', action: drop}]",
       {{"a", "1"}},
       LabelSet{{"a", "1"}}},
      {"graphite",
       "[{action: graphite, match: '*.b.*', labels: {__name__: '$2', x: '$1'}}]",
       {{"__name__", "a.b.c"}},
       LabelSet{{"__name__", "c"}, {"x", "a"}}},
      {"graphite: a star stays in its part",
       "[{action: graphite, match: 'a.*', labels: {x: '$1'}}]",
       {{"__name__", "a.b.c"}},
       LabelSet{{"__name__", "a.b.c"}}},
  });
}

TEST(RuleSet, SkipsNamesThatTheSchemeForbids) {
  model::RelabelRule rule;
  rule.source_labels = {"a"};
  rule.target_label = "${1}";
  for (const auto scheme : {model::NameValidation::Utf8, model::NameValidation::Legacy}) {
    const auto rules = RuleSet::compile({&rule, 1}, scheme);
    ASSERT_TRUE(rules);
    LabelSet labels = {{"a", "x.y"}};
    EXPECT_TRUE(rules->apply(labels));
    EXPECT_EQ(labels.size(), scheme == model::NameValidation::Utf8 ? 2U : 1U);
  }
}

}  // namespace
}  // namespace agent::relabel
