#include "agent/logs/sources/journal_entry.h"

#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

namespace agent::logs {
namespace {

using Fields = std::vector<std::pair<std::string, std::string>>;

// Rules that go through all labels.
UsedLabels all_labels() {
  model::RelabelRule rule;
  rule.action = model::RelabelAction::LabelMap;
  return UsedLabels({rule});
}

TEST(JournalEntry, MakesLabelsOfFields) {
  const struct {
    const char* name;
    Fields fields;
    model::LabelSet labels;
  } cases[] = {
      {"lower case", {{"_SYSTEMD_UNIT", "a"}}, {{"__journal__systemd_unit", "a"}}},
      {"priority",
       {{"PRIORITY", "0"}},
       {{"__journal_priority", "0"}, {"__journal_priority_keyword", "emerg"}}},
      {"last priority",
       {{"PRIORITY", "7"}},
       {{"__journal_priority", "7"}, {"__journal_priority_keyword", "debug"}}},
      {"no priority",
       {{"PRIORITY", "8"}},
       {{"__journal_priority", "8"}, {"__journal_priority_keyword", "8"}}},
      {"twice", {{"A", "1"}, {"A", "2"}}, {{"__journal_a", "2"}}},
      {"empty", {{"A", ""}}, {}},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    JournalEntry entry(JournalEntry::Line::Message, all_labels(), 100);
    for (const auto& [name, value] : c.fields)
      entry.add(name, value);
    EXPECT_EQ(entry.labels(), c.labels);
    entry.clear();
    EXPECT_TRUE(entry.labels().empty());
  }
}

TEST(JournalEntry, MakesOnlyTheLabelsThatRulesSee) {
  model::RelabelRule rule;
  rule.source_labels = {"__journal_b"};
  JournalEntry entry(JournalEntry::Line::Message, UsedLabels({rule}), 100);
  entry.add("A", "1");
  entry.add("B", "2");
  EXPECT_EQ(entry.labels(), (model::LabelSet{{"__journal_b", "2"}}));
}

TEST(JournalEntry, MakesTheLine) {
  using Line = JournalEntry::Line;
  const struct {
    const char* name;
    Line kind;
    Fields fields;
    std::optional<std::string> line;
  } cases[] = {
      {"message", Line::Message, {{"A", "1"}, {"MESSAGE", "m"}}, "m"},
      {"empty message", Line::Message, {{"MESSAGE", ""}}, ""},
      {"no message", Line::Message, {{"A", "1"}}, std::nullopt},
      {"sorted keys",
       Line::Json,
       {{"MESSAGE", "m"}, {"_A", "2"}, {"A", "1"}},
       R"({"A":"1","MESSAGE":"m","_A":"2"})"},
      {"no message in JSON", Line::Json, {{"A", "1"}}, R"({"A":"1"})"},
      {"the last one of a name", Line::Json, {{"A", "1"}, {"A", "2"}}, R"({"A":"2"})"},
      {"escapes, and bytes that are no UTF-8",
       Line::Json,
       {{"A", "<\n\"\xff"}},
       "{\"A\":\"\\u003c\\n\\\"\xef\xbf\xbd\"}"},
      {"at the limit", Line::Message, {{"MESSAGE", "12345678"}}, "12345678"},
      {"past the limit", Line::Message, {{"MESSAGE", "123456789"}}, "12345678"},
      {"a character at the limit",
       Line::Message,
       {{"MESSAGE", "123456\xc3\xa9"}},
       "123456\xc3\xa9"},
      {"a character past the limit", Line::Message, {{"MESSAGE", "1234567\xc3\xa9"}}, "1234567"},
      {"four bytes past the limit", Line::Message, {{"MESSAGE", "12345\xf0\x9f\x98\x80"}}, "12345"},
      {"cut in JSON too", Line::Json, {{"A", "123456789"}}, R"({"A":"12345678"})"},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    JournalEntry entry(c.kind, UsedLabels({}), 8);
    for (const auto& [name, value] : c.fields)
      entry.add(name, value);
    const auto line = entry.line();
    EXPECT_EQ(line ? std::optional<std::string>(*line) : std::nullopt, c.line);
  }
}

TEST(JournalCursor, IsRead) {
  const auto cursor = parse_journal_cursor("s=d8ed;i=3a;b=abab;m=417;t=661171c25411e;x=62ec");
  ASSERT_TRUE(cursor);
  EXPECT_EQ(cursor->sequence_id, "d8ed");
  EXPECT_EQ(cursor->sequence, 0x3aU);
  EXPECT_EQ(cursor->time, Timestamp(std::chrono::microseconds(0x661171c25411e)));
  EXPECT_EQ(parse_journal_cursor("s=a;i=1;t=ffffffffffffffff")->time,
            Timestamp(std::chrono::floor<std::chrono::microseconds>(Duration::max())));
}

TEST(JournalCursor, IsNoneWithoutItsParts) {
  for (const char* text :
       {"", "s=a", "s=a;i=1", "i=1;t=1", "s=;i=1;t=1", "s=a;i=;t=1", "s=a;i=g;t=1", "s=a;i=1;t=1 ",
        "s=a;i=-1;t=1", "s=a;i=10000000000000000;t=1"})
    EXPECT_FALSE(parse_journal_cursor(text)) << text;
}

}  // namespace
}  // namespace agent::logs
