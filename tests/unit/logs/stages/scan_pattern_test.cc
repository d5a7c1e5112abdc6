#include "agent/logs/stages/scan_pattern.h"

#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <re2/re2.h>

#include "agent/base/random.h"

namespace agent::logs {
namespace {

using Outcome = ScanPattern::Outcome;

TEST(ScanPattern, TakesRunsThatCannotSwallowWhatFollows) {
  const struct {
    const char* expression;
    bool taken;
  } cases[] = {
      {R"(debug)", true},
      {R"(^(?P<ip>\S+) (?P<user>\S+) \[(?P<time>[^\]]+)\] "(?P<method>\w+) )", true},
      {R"(^(\d{4})-(\d{2}))", true},
      {R"(level=(?P<level>\w+))", true},
      {R"((?s)^(?P<time>\S+?) (?P<content>.*)$)", true},
      {R"x({"level":"([^"]*)")x", true},
      {R"([^"]+)", true},
      {R"(\d+\s+\w)", true},
      {R"(a*b*c)", true},
      {R"(a?b)", true},
      {R"([[a]+\])", true},
      {R"(\s*)", true},
      {R"(é+)", false},
      {R"(é: \S+)", true},
      {R"(\d+\w)", false},  // a run that swallows what follows
      {R"(a*b*a)", false},  // past a run that may be empty
      {R"(.*foo)", false},
      {R"((a|b))", false},
      {R"(a|b)", false},
      {R"((ab)+)", false},
      {R"((ab)?)", false},
      {R"(\S{3})", false},  // counts characters, not bytes
      {R"(\S)", false},
      {R"(.)", false},
      {R"(a+?)", false},  // as short as it can be
      {R"(a+?b*)", false},
      {R"(a+?b)", true},
      {R"(a+?$)", true},
      {R"((?i)a)", false},
      {R"(\ba)", false},
      {R"(\pL)", false},
      {R"(\Qa\E)", false},
      {R"([[:alpha:]]+)", false},
      {R"(a$b)", false},
      {R"(a^b)", false},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.expression);
    EXPECT_TRUE(RE2(c.expression).ok());
    EXPECT_EQ(ScanPattern::compile(c.expression).has_value(), c.taken);
  }
}

// The answer of RE2 with Latin-1, where every byte is a character, as logs.md 3.2 asks.
void expect_as_re2(const std::string& expression, std::string_view text, std::size_t from) {
  const auto scan = ScanPattern::compile(expression);
  if (!scan) return;
  RE2::Options options;
  options.set_encoding(RE2::Options::EncodingLatin1);
  const RE2 re(expression, options);
  ASSERT_EQ(static_cast<int>(scan->group_count()), re.NumberOfCapturingGroups());
  std::vector<std::string_view> groups(scan->group_count() + 1);
  std::vector<re2::StringPiece> expected(groups.size());
  const Outcome outcome = scan->find(text, from, groups);
  const bool matches = re.Match(text, from, text.size(), RE2::UNANCHORED, expected.data(),
                                static_cast<int>(expected.size()));
  ASSERT_EQ(outcome, matches ? Outcome::Match : Outcome::NoMatch);
  for (std::size_t i = 0; matches && i < groups.size(); ++i) {
    ASSERT_EQ(groups[i].data(), expected[i].data()) << "group " << i;
    ASSERT_EQ(groups[i].size(), expected[i].size()) << "group " << i;
  }
}

TEST(ScanPattern, MatchesAsRe2Does) {
  // Expressions and texts out of the same few pieces, so that they meet.
  constexpr const char* kAtoms[] = {"a",     "b",       " ",     R"(\d)", R"(\S)", R"(\s)",
                                    R"(\w)", "[^a]",    ".",     "x1",    "[ab]",  "[^ab]",
                                    "-",     R"([^ ])", "[a-c]", R"(\n)"};
  constexpr const char* kQuantifiers[] = {"",  "",   "",   "+",   "+",     "*",
                                          "?", "+?", "*?", "{2}", "{1,2}", "{2,}"};
  constexpr std::string_view kText = "aabbcx1 - \n\xff";
  Random random(7);
  const auto pick = [&](const auto& list) { return list[random.next() % std::size(list)]; };
  int taken = 0;
  for (int round = 0; round < 20'000; ++round) {
    std::string expression = random.next() % 3 == 0 ? "^" : "";
    int open = 0;
    for (std::uint64_t i = 0, items = 1 + random.next() % 5; i < items; ++i) {
      if (random.next() % 3 == 0) {
        expression += "(";
        ++open;
      }
      expression += pick(kAtoms);
      expression += pick(kQuantifiers);
      if (open > 0 && random.next() % 2 == 0) {
        expression += ")";
        --open;
      }
    }
    expression.append(static_cast<std::size_t>(open), ')');
    if (random.next() % 4 == 0) expression += "$";
    std::string text;
    for (std::uint64_t i = 0, size = random.next() % 12; i < size; ++i)
      text += kText[random.next() % kText.size()];
    SCOPED_TRACE(expression + " on " + text);
    taken += ScanPattern::compile(expression) ? 1 : 0;
    expect_as_re2(expression, text, 0);
    expect_as_re2(expression, text, text.size() / 2);
    if (HasFatalFailure()) return;
  }
  EXPECT_GT(taken, 2000);  // of 20,000: the comparison means something
}

TEST(ScanPattern, GivesUpInsteadOfLookingAtEverythingAgain) {
  const auto scan = ScanPattern::compile("a[^b]+b");
  ASSERT_TRUE(scan);
  const std::string text(200'000, 'a');
  std::string_view group;
  EXPECT_EQ(scan->find(text, 0, {&group, 1}), Outcome::GaveUp);
  // A run at the start is looked at once, however often it could begin.
  const auto run = ScanPattern::compile(R"(\w+=)");
  ASSERT_TRUE(run);
  EXPECT_EQ(run->find(text, 0, {&group, 1}), Outcome::NoMatch);
}

}  // namespace
}  // namespace agent::logs
