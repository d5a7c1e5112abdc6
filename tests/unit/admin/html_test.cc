#include "agent/admin/html.h"

#include <gtest/gtest.h>

namespace agent::admin {
namespace {

using namespace std::literals;
constexpr Timestamp kNow{1'700'000'000s};

TEST(Html, EscapesWhatIsNotOurs) {
  const struct {
    const char* name;
    std::string text;
    const char* html;
  } cases[] = {
      {"words", "plain words", "plain words"},
      {"markup", "<b>&'\"", "&lt;b&gt;&amp;&#39;&quot;"},
      {"UTF-8 stays", "é", "é"},
      {"no UTF-8", "\xff", "\xef\xbf\xbd"},
      {"a zero", "\0"s, "\xef\xbf\xbd"},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    EXPECT_EQ(escape(c.text), c.html);
  }
  EXPECT_EQ(format_labels({{"a<", "b>"}}),
            "<span class=\"labels\"><span class=\"label\"><b>a&lt;</b>b&gt;</span></span>");
}

TEST(Html, FormatsNumbersAndTimesForPeople) {
  EXPECT_EQ(format_count(0), "0");
  EXPECT_EQ(format_count(999), "999");
  EXPECT_EQ(format_count(1000), "1\u202f000");
  EXPECT_EQ(format_count(1234567), "1\u202f234\u202f567");
  EXPECT_EQ(format_seconds(12300us), "12.3 ms");
  EXPECT_EQ(format_seconds(1s), "1.00 s");
  const struct {
    const char *name, *text;
    Timestamp time;
  } cases[] = {
      {"never", "never", {}},
      {"now", "just now", kNow},
      {"a clock that went back", "just now", kNow + 5s},
      {"seconds", "119 s ago", kNow - 119s},
      {"minutes", "2 min ago", kNow - 120s},
      {"hours", "2 h ago", kNow - 2h},
      {"days", "2 d ago", kNow - 48h},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    EXPECT_EQ(format_ago(c.time, kNow), c.text);
  }
}

}  // namespace
}  // namespace agent::admin
