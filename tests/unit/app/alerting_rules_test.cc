#include "agent/app/alerting_rules.h"

#include <gtest/gtest.h>

namespace agent::app {
namespace {

int errors_in(const char* text) {
  config::Report report;
  check_alerting_rules({}, *config::parse(text), report);
  return report.errors();
}

TEST(AlertingRules, AcceptsWellFormedRulesAndSaysThatNobodyEvaluatesThem) {
  config::Report report;
  check_alerting_rules(
      {},
      *config::parse(
          "groups:\n- name: a\n  rules:\n  - alert: High\n    expr: rate(x[5m]) > 0.1\n"
          "    for: 5m\n    labels: {severity: critical}\n    annotations: {summary: s}\n"
          "  - record: x\n    expr: y\n"),
      report);
  EXPECT_FALSE(report.has_errors());
  ASSERT_EQ(report.problems().size(), 1U);
  EXPECT_EQ(report.problems()[0].severity, config::Severity::Note);
  EXPECT_NE(report.problems()[0].message.find("does not evaluate rules"), std::string::npos);
}

TEST(AlertingRules, RefusesMisshapenOnes) {
  EXPECT_EQ(errors_in("{groups: [{rules: []}]}"), 1);                    // no name
  EXPECT_EQ(errors_in("{groups: [{name: a, rules: [{expr: x}]}]}"), 1);  // neither alert nor record
  EXPECT_EQ(errors_in("{groups: [{name: a, rules: [{alert: a, record: b, expr: x}]}]}"), 1);
  EXPECT_EQ(errors_in("{groups: [{name: a, rules: [{alert: a}]}]}"), 1);  // no expr
  EXPECT_EQ(errors_in("{groups: [{name: a, rules: [{alert: a, expr: x, for: soon}]}]}"), 1);
  EXPECT_EQ(errors_in("{groups: [{name: a, rules: [{record: a, expr: x, for: 5m}]}]}"), 1);
  EXPECT_EQ(errors_in("{groups: [{name: a, rules: [{alert: a, expr: x, lables: {}}]}]}"), 1);
  EXPECT_EQ(errors_in("{groups: [{name: a, rules: [{alert: a, expr: x, labels: {a: []}}]}]}"), 1);
}

}  // namespace
}  // namespace agent::app
