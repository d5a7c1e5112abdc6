#include "agent/config/node.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace agent::config {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

Node parsed(std::string_view text) {
  auto node = parse(text, "f.yaml");
  EXPECT_TRUE(node) << node.error().message;
  return node ? *node : Node();
}

TEST(Node, KeepsTheCharactersAndThePlaces) {
  const Node top = parsed("a: 010\nlist:\n  - 'x'\n  - 1.50\nb: {c: true}\n");
  ASSERT_TRUE(top.is_map());
  EXPECT_EQ(top.get("a").text(), "010");
  EXPECT_FALSE(top.get("a").quoted());
  const auto items = top.get("list").items();
  ASSERT_EQ(items.size(), 2U);
  EXPECT_TRUE(items[0].quoted());
  EXPECT_EQ(items[1].text(), "1.50");
  EXPECT_EQ(to_string(items[1].mark()), "f.yaml:4:5");
  EXPECT_EQ(to_string(top.entries()[2].first.mark()), "f.yaml:5:1");
  EXPECT_EQ(top.get("b").get("c").text(), "true");
  EXPECT_TRUE(top.get("absent").is_absent());
}

TEST(Node, NamesTheTabThatPeopleDoNotSee) {
  const auto tab = parse("metrics:\n\tscrape_configs: []\n", "f.yaml");
  ASSERT_FALSE(tab);
  EXPECT_THAT(tab.error().message, HasSubstr("line 2 is indented with a tab"));
  const auto deeper = parse("jobs:\n- a: 1\n   b: 2\n", "f.yaml");
  ASSERT_FALSE(deeper);
  EXPECT_THAT(deeper.error().message, HasSubstr("f.yaml:3:"));
  EXPECT_THAT(deeper.error().message, HasSubstr("indented right?"));
}

TEST(Node, TellsNothingFromEmptyText) {
  const Node top = parsed("a:\nb: ~\nc: null\nd: ''\ne: 'null'\nf: !!str null\n");
  for (const char* key : {"a", "b", "c"})
    EXPECT_TRUE(top.get(key).is_null()) << key;
  EXPECT_TRUE(top.get("d").is_scalar());
  EXPECT_EQ(top.get("e").text(), "null");
  EXPECT_TRUE(parsed("").is_null());
  EXPECT_TRUE(parsed("# only a comment\n").is_null());
  EXPECT_TRUE(Node().is_empty());
}

TEST(Node, AnEmptyValueStandsWhereItsKeyDoes) {
  const Node top = parsed("first: 1\nempty:\n\n\nlast: 2\n");
  EXPECT_EQ(top.get("empty").mark().line, 2);
  EXPECT_EQ(top.get("empty").mark().column, 1);
}

TEST(Node, BlockAndTaggedTextCountsAsQuoted) {
  const Node top = parsed("a: |\n  5\nb: !!str 5\nc: 5\n");
  EXPECT_TRUE(top.get("a").quoted());
  EXPECT_EQ(top.get("a").text(), "5\n");
  EXPECT_TRUE(top.get("b").quoted());
  EXPECT_FALSE(top.get("c").quoted());
}

TEST(Node, AppliesMergeKeys) {
  const Node top = parsed(
      "x: &x {a: 1, b: 2}\n"
      "y: &y {b: 3, c: 4}\n"
      "one: {<<: *x, b: own}\n"
      "two: {<<: [*x, *y]}\n"
      "text: {'<<': kept}\n");
  EXPECT_EQ(top.get("one").get("a").text(), "1");
  EXPECT_EQ(top.get("one").get("b").text(), "own");
  EXPECT_EQ(top.get("two").get("b").text(), "2");  // the earlier merge wins
  EXPECT_EQ(top.get("two").get("c").text(), "4");
  EXPECT_EQ(top.get("two").entries().size(), 3U);
  EXPECT_EQ(top.get("text").get("<<").text(), "kept");
}

TEST(Node, RefusesBadText) {
  const struct {
    const char *name, *text, *error;
  } cases[] = {
      {"key given twice", "a: 1\nb: 2\na: 3\n",
       "f.yaml:3:1: a: this key is given twice; it stands in line 1 already"},
      {"twice, once in quotes", "a: 1\n'a': 2\n", "f.yaml:2:1: a: this key is given twice"},
      {"twice in a flow map", "m: {k: 1, k: 2}\n", "f.yaml:1:11: k: this key is given twice"},
      {"no YAML", "a: [1\n", "f.yaml:2:"},
      {"a tab as indentation", "a:\n\tb: 1\n", "f.yaml:2:"},
      {"an unknown alias", "a: *b\n", "f.yaml:1:"},
      {"merge of a text", "a: {<<: b}\n", "f.yaml:1:9: <<: a merge key wants a map"},
      {"bytes that are no text", "a: \xff\n", "f.yaml:1:1: the file is not UTF-8 text"},
      {"text behind a list", "[a] b\n", "f.yaml:1:"},
      {"a list behind a list", "[a]\n[b]\n", "f.yaml:2:1: not YAML: text after the end"},
      {"left-over tokens that never end", "!,:Lbc", "f.yaml:1:"},
      {"left-over tokens in a second document", "a: 1\n--- !,:Lbc\n", "f.yaml:2:"},
      {"a list in itself", "a: &a [*a]\n",
       "f.yaml:1:4: the document is too large or nested too deeply"},
      {"a merge of a list in itself", "a: {<<: &m [*m]}\n", "f.yaml:1:"},
      {"a merge of a list twice in itself", "a: {<<: &m [*m, *m]}\n", "f.yaml:1:"},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    const auto node = parse(c.text, "f.yaml");
    ASSERT_FALSE(node);
    EXPECT_EQ(node.error().kind, ErrorKind::Config);
    EXPECT_THAT(node.error().message, StartsWith(c.error));
  }
}

TEST(Node, DepthIsBounded) {
  const auto nested = [](int depth) {
    return std::string(static_cast<std::size_t>(depth), '[') + "x" +
           std::string(static_cast<std::size_t>(depth), ']');
  };
  EXPECT_TRUE(parse(nested(128)));
  EXPECT_FALSE(parse(nested(129)));
  EXPECT_FALSE(parse(nested(100'000)));
}

TEST(Node, AnAliasBombIsRefused) {
  std::string bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n";
  for (int i = 1; i < 12; ++i) {
    const std::string last = "*a" + std::to_string(i - 1);
    bomb += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [" + last;
    for (int k = 1; k < 10; ++k)
      bomb += ", " + last;
    bomb += "]\n";
  }
  const auto node = parse(bomb);
  ASSERT_FALSE(node);
  EXPECT_THAT(node.error().message, HasSubstr("too large"));
}

TEST(Node, AliasesMayAddALittle) {
  const struct {
    const char* name;
    std::size_t text, aliases;
    bool good;
  } cases[] = {
      {"a few anchors", 20, 10, true},
      {"one text many times", 10, 50'000, true},
      {"4 MiB of text", 1 << 20U, 5, true},
      {"a large text too often", 1 << 20U, 20, false},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    std::string text = "a: &a " + std::string(c.text, 'x') + "\nb:\n";
    for (std::size_t i = 0; i < c.aliases; ++i)
      text += "- *a\n";
    const auto node = parse(text);
    EXPECT_EQ(node.has_value(), c.good) << (node ? "" : node.error().message);
  }
}

// 300 bytes that would become a million nodes.
TEST(Node, ASmallBombIsRefusedBeforeItGrows) {
  std::string bomb = "- &a0 [x, x]\n";
  for (int i = 1; i < 20; ++i)
    bomb += "- &a" + std::to_string(i) + " [*a" + std::to_string(i - 1) + ", *a" +
            std::to_string(i - 1) + "]\n";
  for (const auto& [levels, good] : {std::pair{12, true}, {18, false}}) {
    std::size_t end = 0;
    for (int i = 0; i <= levels; ++i)
      end = bomb.find('\n', end) + 1;
    EXPECT_EQ(parse(bomb.substr(0, end)).has_value(), good) << levels;
  }
}

TEST(Node, ReadsSeveralDocuments) {
  Report report;
  const auto documents = parse_documents("a: 1\n---\nb: 2\n---\n", "f", report);
  EXPECT_FALSE(report.has_errors());
  ASSERT_GE(documents.size(), 2U);
  EXPECT_EQ(documents[1].get("b").text(), "2");
  EXPECT_EQ(to_string(documents[1].get("b").mark()), "f:3:4");
}

TEST(Node, DocumentsMayStartInEveryWay) {
  const struct {
    const char *name, *text;
    std::size_t documents;
  } cases[] = {
      {"the first marked", "---\na: 1\n", 1},
      {"a comment first", "# x\n---\na: 1\n---\n# y\nb: 2\n", 2},
      {"on the line of its mark", "a: 1\n--- {b: 2}\n--- text\n", 3},
      {"after an end mark", "a: 1\n...\n  b: 2\n", 2},
      {"end mark and start mark", "a: 1\n...\n---\nb: 2\n", 2},
      {"carriage returns", "a: 1\r\n---\r\nb: 2\r\n", 2},
      {"a byte order mark",
       "\xef\xbb\xbf"
       "a: 1\n---\nb: 2\n",
       2},
      {"a directive", "%YAML 1.2\n---\na: 1\n...\n%YAML 1.2\n---\nb: 2\n", 2},
      {"a mark inside of a text", "a: |\n  x\n  ---\n  y\n---\nb: 2\n", 2},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    Report report;
    EXPECT_EQ(parse_documents(c.text, "f", report).size(), c.documents);
    for (const auto& problem : report.problems())
      ADD_FAILURE() << to_string(problem);
  }
}

}  // namespace
}  // namespace agent::config
