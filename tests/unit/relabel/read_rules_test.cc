#include "agent/relabel/read_rules.h"

#include <gtest/gtest.h>

namespace agent::relabel {
namespace {

std::vector<model::RelabelRule> read(const std::string& yaml, config::Report& report,
                                     Spelling spelling = Spelling::SnakeCase,
                                     model::NameValidation scheme = model::NameValidation::Utf8) {
  const auto node = config::parse(yaml, "f.yml");
  EXPECT_TRUE(node) << yaml;
  return read_rules(*node, report, "rules", spelling, scheme);
}

TEST(ReadRules, HasPrometheusDefaults) {
  config::Report report;
  const auto rules = read("[{target_label: x}]", report);
  ASSERT_EQ(rules.size(), 1U);
  EXPECT_EQ(rules[0].action, model::RelabelAction::Replace);
  EXPECT_EQ(rules[0].separator, ";");
  EXPECT_EQ(rules[0].regex, "(.*)");
  EXPECT_EQ(rules[0].replacement, "$1");
}

TEST(ReadRules, ReadsBothSpellings) {
  config::Report report;
  EXPECT_EQ(read("[{sourceLabels: [a], targetLabel: b}]", report, Spelling::CamelCase).size(), 1U);
  EXPECT_FALSE(report.has_errors());
  EXPECT_TRUE(read("[{source_labels: [a], targetLabel: b}]", report, Spelling::CamelCase).empty());
  EXPECT_TRUE(report.has_errors());
}

TEST(ReadRules, TakesAbsentAndNullAsNone) {
  config::Report report;
  EXPECT_TRUE(read("~", report).empty());
  EXPECT_TRUE(read_rules({}, report, "rules", Spelling::SnakeCase).empty());
  EXPECT_FALSE(report.has_errors());
}

TEST(ReadRules, KeepsScalarsAsTheyAreWritten) {
  config::Report report;
  const auto rules =
      read("[{target_label: x, regex: 0x10, replacement: 010, separator: yes}]", report);
  ASSERT_EQ(rules.size(), 1U);
  EXPECT_EQ(rules[0].regex + "|" + rules[0].replacement + "|" + rules[0].separator, "0x10|010|yes");
}

TEST(ReadRules, NamesEveryFaultWithItsPlace) {
  const struct {
    const char *yaml, *problem;
  } cases[] = {
      {"{a: b}", "f.yml:1:1: rules: expected a list"},
      {"[~]", "f.yml:1:2: rules[0]: expected a relabeling rule"},
      {"[{action: replaces}]",
       "f.yml:1:11: rules[0].action: unknown action \"replaces\"; did you "
       "mean \"replace\"?"},
      {"[{action: ''}]", "rules[0].action: unknown action \"\""},
      {"[{source_labels: [a]}]", "rules[0].target_label: action replace needs target_label"},
      {"[{action: hashmod, target_label: a}]", "rules[0].modulus: action hashmod needs modulus"},
      {"[{action: hashmod, target_label: a, modulus: 0}]", "rules[0].modulus: expected a whole"},
      {"[{action: hashmod, target_label: a, modulus: -4}]", "rules[0].modulus: expected a whole"},
      {"[{action: hashmod, target_label: a, modulus: 18446744073709551616}]",
       "rules[0].modulus: expected a whole"},
      {"[{action: hashmod, modulus: 4}]", "target_label: action hashmod needs target_label"},
      {"[{action: lowercase}]", "target_label: action lowercase needs target_label"},
      {"[{action: uppercase, target_label: a, replacement: x}]",
       "replacement: action uppercase does not use replacement"},
      {"[{action: keepequal}]", "target_label: action keepequal needs target_label"},
      {"[{action: keepequal, target_label: a, regex: x}]",
       "regex: action keepequal does not use regex"},
      {"[{action: dropequal, target_label: a, separator: x}]",
       "separator: action dropequal does not use separator"},
      {"[{action: dropequal, target_label: a, modulus: 3}]",
       "modulus: action dropequal does not use modulus"},
      {"[{action: labeldrop, regex: a, source_labels: [b]}]",
       "source_labels: action labeldrop does not use source_labels"},
      {"[{action: labelkeep, regex: a, target_label: b}]",
       "target_label: action labelkeep does not use target_label"},
      {"[{action: labelmap, replacement: ''}]", "replacement: \"\" makes no valid label name"},
      {"[{target_label: x, regex: '(a'}]", "f.yml:1:27: rules[0].regex: the regular expression"},
      {"[{target_label: x, regex: '(?!a)'}]", "rules[0].regex: the regular expression"},
      {"[{target_label: x, regex: '(a)\\1'}]", "rules[0].regex: the regular expression"},
      {"[{target_label: x, regex: {a: b}}]", "rules[0].regex: expected an expression"},
      {"[{target_label: x, source_label: [a]}]", "source_labels"},
      {"[{target_label: x, source_labels: ['']}]", "source_labels: \"\" is not a valid"},
      {"[{target_label: x, source_labels: a}]", "rules[0].source_labels"},
      {"[{action: keep_if_equal, source_labels: [a]}]", "compares at least two"},
      {"[{action: keep_metrics}]", "regex: action keep_metrics needs regex"},
      {"[{action: graphite, match: 'a.*'}]", "rules[0]: graphite needs match and labels"},
      {"[{action: keep, match: 'a.*'}]", "action keep does not use match and labels"},
      {"[{action: keep, if: '{'}]", "rules[0].if: expected"},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.yaml);
    config::Report report;
    EXPECT_TRUE(read(c.yaml, report).empty());
    ASSERT_FALSE(report.problems().empty());
    EXPECT_NE(to_string(report.problems()[0]).find(c.problem), std::string::npos)
        << to_string(report.problems()[0]);
  }
}

TEST(ReadRules, ChecksNamesByTheScheme) {
  const struct {
    const char* yaml;
    bool legacy;
  } cases[] = {
      {"[{target_label: a_1}]", true},       {"[{target_label: a.b}]", false},
      {"[{target_label: 1a}]", false},       {"[{target_label: '${1}a'}]", true},
      {"[{target_label: '${1}1'}]", true},   {"[{target_label: '1${1}'}]", false},
      {"[{target_label: 'a.${1}'}]", false}, {"[{target_label: '$'}]", false},
      {"[{target_label: '$1'}]", true},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.yaml);
    config::Report utf8;
    EXPECT_EQ(read(c.yaml, utf8).size(), 1U);
    config::Report legacy;
    EXPECT_EQ(read(c.yaml, legacy, Spelling::SnakeCase, model::NameValidation::Legacy).size(),
              c.legacy ? 1U : 0U);
  }
}

}  // namespace
}  // namespace agent::relabel
