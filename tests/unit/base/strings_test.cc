#include "agent/base/strings.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "agent/base/hash.h"

namespace agent {
namespace {

using ::testing::ElementsAre;

TEST(Strings, Split) {
  EXPECT_THAT(split("", ','), ElementsAre(""));
  EXPECT_THAT(split("a", ','), ElementsAre("a"));
  EXPECT_THAT(split(",a,,b,", ','), ElementsAre("", "a", "", "b", ""));
}

TEST(Strings, TrimAndJoin) {
  EXPECT_EQ(trim(" \t\r\n"), "");
  EXPECT_EQ(trim(" a b\n"), "a b");
  EXPECT_EQ(join({}, ","), "");
  EXPECT_EQ(join({"a"}, ","), "a");
  EXPECT_EQ(join({"a", "a", ""}, ", "), "a, a, ");
}

TEST(Strings, CaseIsAsciiOnly) {
  EXPECT_EQ(to_lower("AZ\u00c9[@"), "az\u00c9[@");
  EXPECT_EQ(to_upper("az{`"), "AZ{`");
  EXPECT_TRUE(equals_ignoring_case("AbC", "aBc"));
  EXPECT_FALSE(equals_ignoring_case("abc", "abcd"));
  EXPECT_FALSE(equals_ignoring_case("a[", "a{"));
}

TEST(Strings, Utf8) {
  const struct {
    const char* name;
    std::string_view bytes;
    bool valid;
    std::string_view replaced;
  } cases[] = {
      {"ascii", "abc", true, "abc"},
      {"two bytes", "\xc2\x80", true, "\xc2\x80"},
      {"overlong two", "\xc1\xbf", false, "\ufffd\ufffd"},
      {"three bytes", "\xe0\xa0\x80", true, "\xe0\xa0\x80"},
      {"overlong three", "\xe0\x9f\xbf", false, "\ufffd\ufffd\ufffd"},
      {"below the surrogates", "\xed\x9f\xbf", true, "\xed\x9f\xbf"},
      {"surrogate", "\xed\xa0\x80", false, "\ufffd\ufffd\ufffd"},
      {"four bytes", "\xf0\x90\x80\x80", true, "\xf0\x90\x80\x80"},
      {"overlong four", "\xf0\x8f\xbf\xbf", false, "\ufffd\ufffd\ufffd\ufffd"},
      {"the last one", "\xf4\x8f\xbf\xbf", true, "\xf4\x8f\xbf\xbf"},
      {"beyond the last", "\xf4\x90\x80\x80", false, "\ufffd\ufffd\ufffd\ufffd"},
      {"stray continuation", "a\x80z", false, "a\ufffdz"},
      {"cut off", "a\xe2\x82", false, "a\ufffd\ufffd"},
      {"never a byte", "\xff", false, "\ufffd"},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    EXPECT_EQ(is_valid_utf8(c.bytes), c.valid);
    EXPECT_EQ(replace_invalid_utf8(c.bytes), c.replaced);
  }
}

TEST(Strings, NearestIsWhatSomebodyMeant) {
  const std::vector<std::string_view> keys = {"older_than", "expression", "source", "url"};
  EXPECT_EQ(nearest("older_then", keys), "older_than");
  EXPECT_EQ(nearest("Sources", keys), "source");
  EXPECT_EQ(nearest("uri", keys), "url");
  EXPECT_EQ(nearest("ulr", keys), "url") << "two neighbours exchanged are one mistake";
  EXPECT_EQ(nearest("completely_else", keys), "");
  EXPECT_EQ(nearest("xyz", keys), "");
  EXPECT_EQ(nearest(std::string(1U << 20U, 'x'), keys), "");
}

TEST(Strings, JsonQuoteEscapes) {
  EXPECT_EQ(json_quote("a\"b\\c\n\r\t\x01\x1f"), R"("a\"b\\c\n\r\t\u0001\u001f")");
  EXPECT_EQ(json_quote("\u00e9\xff/"), "\"\u00e9\ufffd/\"");
  EXPECT_EQ(json_quote(std::string_view("\0", 1)), R"("\u0000")");
}

TEST(Hash, IsTheSameEverywhere) {
  EXPECT_EQ(hash64(""), 0x2d06800538d394c2ULL);  // published XXH3 value
  EXPECT_NE(hash64("a"), hash64("a", 1));
  // md5("foo") = acbd18db4cc2f85cedef654fccc4a4d8
  EXPECT_EQ(md5_tail64("foo"), 0xedef654fccc4a4d8ULL);
  EXPECT_EQ(md5_tail64(""), 0xe9800998ecf8427eULL);
}

}  // namespace
}  // namespace agent
