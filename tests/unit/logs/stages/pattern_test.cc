// Regular expressions where RE2 and Go's regexp, or we and both, could differ (logs.md 8.1).
#include "agent/logs/stages/pattern.h"

#include <gtest/gtest.h>

#include "tests/unit/logs/stages/harness.h"

namespace agent::logs {
namespace {

// Groups g1 to gCOUNT of one character each. `(?:x|)` keeps it from being matched by scanning.
std::string expression_of(int count) {
  std::string out = "^(?:x|)";
  for (int i = 1; i <= count; ++i)
    out += "(?P<g" + std::to_string(i) + ">.)";
  return out;
}

TEST(Pattern, HasAnyNumberOfGroups) {
  for (const int count : {1, 62, 63, 64, 65, 500}) {
    SCOPED_TRACE(count);
    const auto pattern = Pattern::compile(expression_of(count));
    ASSERT_TRUE(pattern) << pattern.error().message;
    ASSERT_EQ((*pattern)->group_count(), count);
    std::string text;
    for (int i = 0; i < count; ++i)
      text += static_cast<char>('a' + i % 26);
    // With room for all, for fewer and for more.
    for (const std::size_t room : {std::size_t(count) + 1, std::size_t(count), std::size_t(600)}) {
      std::vector<std::string_view> groups(room, "untouched");
      ASSERT_TRUE((*pattern)->find(text, groups));
      EXPECT_EQ(groups[0], text);
      for (std::size_t i = 1; i < room; ++i)
        EXPECT_EQ(groups[i],
                  i <= text.size() ? std::string_view(text).substr(i - 1, 1) : std::string_view());
    }
  }
}

TEST(Pattern, NamesGroupsAsGoDoes) {
  EXPECT_TRUE(Pattern::compile("(?P<a_9>x)"));
  EXPECT_FALSE(Pattern::compile("(?P<\xC3\xA9>x)"));
}

TEST(Pattern, GivesStagesAllGroups) {
  const std::string expression = "'" + expression_of(100) + "'";
  const std::string line = std::string(98, '.') + "yz";
  std::string replaced;
  for (int i = 0; i < 98; ++i)
    replaced += "<.>";
  EXPECT_EQ(outcome("- regex: {expression: " + expression + "}\n- labels: {a: g99, b: g100}", line),
            Lines{line + R"( {a="y", b="z"})"});
  EXPECT_EQ(outcome("- replace: {expression: " + expression +
                        ", replace: '<{{ .Value }}>'}\n- labels: {b: g100}",
                    line),
            Lines{replaced + R"(<y><z> {b="<z>"})"});
}

}  // namespace
}  // namespace agent::logs
