#include "agent/relabel/template.h"

#include <gtest/gtest.h>

namespace agent::relabel {
namespace {

using References = Template::LabelReferences;

TEST(Template, ExpandsReferences) {
  const GroupNames groups = {"", "", "tag", "é"};
  const std::vector<std::string_view> captures = {"whole", "$2", "two", "three"};
  const model::LabelSet labels = {{"rack", "r4"}};
  const struct {
    const char *name, *text, *expected;
    References references = References::No;
  } cases[] = {
      {"text alone", "plain", "plain"},
      {"nothing", "", ""},
      {"number", "<$1>", "<$2>"},
      {"number in braces", "${1}x", "$2x"},
      {"the longest name counts", "$1x", ""},
      {"underscore belongs to the name", "$1_", ""},
      {"letters of any script belong to it", "$1é", ""},
      {"other characters end it", "$1→$2", "$2→two"},
      {"group name", "$tag", "two"},
      {"group name in braces", "${tag}s", "twos"},
      {"group name beyond ascii", "${é}", "three"},
      {"whole match", "[$0]", "[whole]"},
      {"unknown number", "x${7}y", "xy"},
      {"unknown name", "x${nope}y", "xy"},
      {"leading zeros make a name", "${01}", ""},
      {"a number too long for one", "${12345678901234567890}", ""},
      {"double dollar", "$$1", "$1"},
      {"lone dollar", "cost $ 5", "cost $ 5"},
      {"trailing dollar", "$1$", "$2$"},
      {"open brace", "${1", "${1"},
      {"empty braces", "${}", "${}"},
      {"blank in braces", "${a b}", "${a b}"},
      {"label reference", "{{rack}}-$2", "r4-two", References::Yes},
      {"absent label", "a{{none}}b", "ab", References::Yes},
      {"label reference is text where it is off", "{{rack}}", "{{rack}}"},
      {"label reference without an end", "{{rack}", "{{rack}", References::Yes},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    EXPECT_EQ(Template(c.text, groups, c.references).expand(captures, labels), c.expected);
  }
}

TEST(Template, TakesTheFirstGroupOfANameThatTookPart) {
  const GroupNames groups = {"", "n", "n"};
  const Template name("$n", groups, References::No);
  EXPECT_EQ(name.expand(std::vector<std::string_view>{"b", {}, "b"}, {}), "b");
  EXPECT_EQ(name.expand(std::vector<std::string_view>{"a", "a", {}}, {}), "a");
  EXPECT_EQ(name.groups_needed(), 3U);
}

TEST(Template, SaysHowManyGroupsItNeeds) {
  const GroupNames groups(4);
  EXPECT_EQ(Template("x", groups, References::No).groups_needed(), 0U);
  EXPECT_EQ(Template("$0", groups, References::No).groups_needed(), 1U);
  EXPECT_EQ(Template("$1$3", groups, References::No).groups_needed(), 4U);
  EXPECT_EQ(Template("$4", groups, References::No).groups_needed(), 0U);
}

TEST(Template, LeavesTheTextAroundReferences) {
  EXPECT_EQ(Template::literal_part("a_${1}b$x-"), "a_b-");
  EXPECT_EQ(Template::literal_part("$"), "$");
}

}  // namespace
}  // namespace agent::relabel
