#include "agent/relabel/selector.h"

#include <gtest/gtest.h>

namespace agent::relabel {
namespace {

TEST(Selector, MatchesLabels) {
  const model::LabelSet labels = {{"__name__", "req"}, {"code", "500"}, {"path", "a\"b"}};
  const struct {
    const char* text;
    bool matches;
  } cases[] = {
      {"req", true},
      {"other", false},
      {"req{}", true},
      {"{}", true},
      {"{\"req\"}", true},
      {"{\"req\", code=\"500\"}", true},
      {"{\"code\"=\"500\"}", true},
      {"req{code=\"500\"}", true},
      {"req{code=\"500\",}", true},
      {" req { code = '500' , path != `x` } ", true},
      {"{code=\"50\"}", false},
      {"{code!=\"500\"}", false},
      {"{code=~\"5..\"}", true},
      {"{code=~\"5.\"}", false},
      {"{code!~\"4..|3..\"}", true},
      {"{code!~\"5..\"}", false},
      {"{absent=\"\"}", true},
      {"{absent!=\"\"}", false},
      {"{path=\"a\\\"b\"}", true},
      {"{path=`a\"b`}", true},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.text);
    const auto selector = Selector::parse(c.text);
    ASSERT_TRUE(selector) << selector.error().message;
    EXPECT_EQ(selector->matches(labels), c.matches);
  }
}

TEST(Selector, RefusesWhatIsNone) {
  for (const char* text : {"", "  ", "{", "{a", "{a=", "{a=b}", "{a=\"b}", "{a=\"b\"", "{=\"b\"}",
                           "{a==\"b\"}", "{a=\"b\"} x", "{a=~\"(\"}", "{a=\"b\" c=\"d\"}", "{,}"}) {
    SCOPED_TRACE(text);
    const auto selector = Selector::parse(text);
    ASSERT_FALSE(selector);
    EXPECT_EQ(selector.error().kind, ErrorKind::Config);
  }
}

}  // namespace
}  // namespace agent::relabel
