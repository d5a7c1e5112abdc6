#include "agent/logs/sources/stream_labels.h"

#include <string>

#include <gtest/gtest.h>

#include "agent/config/node.h"
#include "agent/relabel/read_rules.h"

namespace agent::logs {
namespace {

StreamLabels make(const std::string& yaml, model::LabelTable& table) {
  config::Report report;
  const auto rules = relabel::read_rules(*config::parse(yaml), report, "relabel_configs",
                                         relabel::Spelling::SnakeCase);
  EXPECT_FALSE(report.has_errors());
  return {*relabel::RuleSet::compile(rules), table};
}

TEST(StreamLabels, ResolvesWhatWasDiscovered) {
  using Outcome = StreamLabels::Outcome;
  const struct {
    const char* name;
    const char* rules;
    model::LabelSet discovered;
    Outcome outcome;
    model::LabelSet labels;
  } cases[] = {
      {"meta labels go away",
       "[]",
       {{"__meta_x", "1"}, {"job", "a"}},
       Outcome::Kept,
       {{"job", "a"}}},
      {"nothing left", "[]", {{"__meta_x", "1"}}, Outcome::Empty, {}},
      {"a rule reads meta labels",
       "[{source_labels: [__meta_x], target_label: x}]",
       {{"__meta_x", "1"}},
       Outcome::Kept,
       {{"x", "1"}}},
      {"a rule drops",
       "[{source_labels: [job], regex: a, action: drop}]",
       {{"job", "a"}},
       Outcome::Dropped,
       {}},
      {"a value that is no UTF-8",
       "[]",
       {{"job", "a"}, {"bad", "\xff"}},
       Outcome::Kept,
       {{"job", "a"}}},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    model::LabelTable table;
    StreamLabels labels = make(c.rules, table);
    for (int round = 0; round < 2; ++round) {  // the second one is remembered
      const auto resolved = labels.resolve(c.discovered);
      EXPECT_EQ(resolved.outcome, c.outcome);
      ASSERT_EQ(resolved.labels != nullptr, c.outcome == Outcome::Kept);
      const model::Labels* kept = resolved.labels;
      EXPECT_EQ(kept == nullptr ? model::LabelSet() : kept->set(), c.labels);
    }
  }
}

TEST(StreamLabels, ForgetsTheOldestOfVeryMany) {
  model::LabelTable table;
  StreamLabels labels = make("[]", table);
  for (int i = 0; i < 10'000; ++i)
    labels.resolve({{"pod", std::to_string(i)}});
  table.sweep(0);
  table.sweep(0);
  table.sweep(0);
  EXPECT_LE(table.size(), 5000U);
  EXPECT_EQ(labels.resolve({{"pod", "0"}}).labels->get("pod"), "0");
}

}  // namespace
}  // namespace agent::logs
