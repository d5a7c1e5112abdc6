// The small parsers of the stages: logfmt, selectors, expressions, escape sequences.
#include <gtest/gtest.h>

#include "agent/logs/stages/decolorize.h"
#include "agent/logs/stages/logfmt.h"
#include "agent/logs/stages/pattern.h"
#include "agent/logs/stages/selector.h"

namespace agent::logs {
namespace {

TEST(LogfmtScanner, ReadsPairs) {
  const struct {
    const char *name, *text, *pairs;
    bool failed;
  } cases[] = {
      {"plain", "a=1 b=2", "a:1 b:2 ", false},
      {"bare and empty", "a b= c=\"\"", "a: b: c: ", false},
      {"quoted", "a=\"x y\"b=1", "a:x y b:1 ", false},
      {"escapes", R"(a="t\tq\"\u00e9")", "a:t\tq\"\u00e9 ", false},
      {"line break separates", "a=1\nb=2", "a:1 b:2 ", false},
      {"no key", "a=1 =2 b=3", "a:1 ", true},
      {"quote in a value", "a=1 b=x\"y c=3", "a:1 ", true},
      {"unclosed quote", "a=1 b=\"x", "a:1 ", true},
      {"bad escape", R"(a=1 b="\x")", "a:1 ", true},
      {"escape at the end", "a=\"x\\", "", true},
      {"empty", "", "", false},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    LogfmtScanner scanner(c.text);
    std::string pairs;
    while (scanner.next())
      pairs += std::string(scanner.key()) + ":" + std::string(scanner.value()) + " ";
    EXPECT_EQ(pairs, c.pairs);
    EXPECT_EQ(scanner.failed(), c.failed);
  }
}

TEST(Selector, NamesTheColumnOfAFault) {
  const struct {
    const char *text, *message;
  } cases[] = {
      {"", "selector, column 1: { is asked here"},
      {"{}", "selector, column 2: a label name is asked here"},
      {"{a=\"b\",}", "selector, column 8: a label name is asked here"},
      {"{a=\"b\"} | json", "selector, column 9: one of |= != |~ !~ is asked here"},
      {"{a=\"\\q\"}", "selector, column 5: there is no such escape"},
  };
  for (const auto& c : cases) {
    const auto selector = Selector::parse(c.text);
    ASSERT_FALSE(selector) << c.text;
    EXPECT_EQ(selector.error().message, c.message);
  }
}

TEST(Pattern, SpeaksGo) {
  const struct {
    const char *name, *expression;
    std::string_view text;
    bool matches;
  } cases[] = {
      {"angle group", "(?<a>x)", "x", true},
      {"not in a class", "[(?<a>]y", "<y", true},
      {"not in a quotation", "\\Q(?<a>\\E", "(?<a>", true},
      {"escaped bracket", "\\(?<", "(<", true},
      {"class that starts with a bracket", "[]a]x", "]x", true},
      {"dollar is the end only", "a$", "a\n", false},
      {"bad byte as any character", "^a(.*)b$",
       "a\xff"
       "b",
       true},
      {"bad byte in a negated class", "^[^x]$", "\xff", true},
      {"characters, not bytes", "^.$", "\u00e9", true},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    const auto pattern = Pattern::compile(c.expression);
    ASSERT_TRUE(pattern) << pattern.error().message;
    EXPECT_EQ((*pattern)->matches(c.text), c.matches);
  }
  for (const char* bad : {"(", "a(?=b)", "\\1", "a{1001}", "\\C", "(?P<a-b>x)"})
    EXPECT_FALSE(Pattern::compile(bad)) << bad;
}

TEST(Decolorize, TakesEscapeSequencesOut) {
  const struct {
    const char *text, *plain;
  } cases[] = {
      {"\x1b[31mred\x1b[0m", "red"},
      {"\x1b]0;title\x07x", "x"},
      {"\xc2\x9b"
       "1mx",
       "x"},
      {"\x1b", "\x1b"},
      {"\x1b[", "\x1b["},
      {"\x1b[12", ""},
      {"plain", "plain"},
  };
  for (const auto& c : cases)
    EXPECT_EQ(without_escapes(c.text), c.plain) << c.text;
}

}  // namespace
}  // namespace agent::logs
