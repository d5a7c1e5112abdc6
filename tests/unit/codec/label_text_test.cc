#include "agent/codec/label_text.h"

#include <string>

#include <gtest/gtest.h>

#include "agent/codec/loki_push.h"

namespace agent::codec {
namespace {

std::string with_labels(std::size_t count) {
  std::string out = "{";
  for (std::size_t i = 0; i < count; ++i)
    out += "a" + std::to_string(i) + "=\"1\",";
  return out + "}";
}

TEST(LabelText, ReadsWhatSendersWrite) {
  const struct {
    const char* name;
    std::string text;
    model::LabelSet labels;
  } cases[] = {
      {"one", R"({a="1"})", {{"a", "1"}}},
      {"two, unsorted", R"({b="2",a="1"})", {{"a", "1"}, {"b", "2"}}},
      {"blanks and newlines", "\n{ a = \"1\" ,\tb=\"2\" } ", {{"a", "1"}, {"b", "2"}}},
      {"comma at the end", R"({a="1",})", {{"a", "1"}}},
      {"none", "{ }", {}},
      {"an empty value is no label", R"({a="",b="2"})", {{"b", "2"}}},
      {"Go escapes",
       R"({a="\"\\\n\t\x41\u00e9\U0001f600\101'"})",
       {{"a",
         "\"\\\n\tA\xc3\xa9\xf0\x9f\x98\x80"
         "A'"}}},
      {"backticks", R"({a=`\n"'`})", {{"a", "\\n\"'"}}},
      {"single quotes", R"({a='it\'s "b"'})", {{"a", "it's \"b\""}}},
      {"underscores and digits", R"({__a_9="1"})", {{"__a_9", "1"}}},
      {"UTF-8 value", "{a=\"\xc3\xa9\"}", {{"a", "\xc3\xa9"}}},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    const auto labels = parse_label_text(c.text);
    ASSERT_TRUE(labels) << labels.error().message;
    EXPECT_EQ(*labels, c.labels);
  }
  EXPECT_EQ(parse_label_text(with_labels(kMostStreamLabels))->size(), kMostStreamLabels);
}

TEST(LabelText, NamesTheColumnOfAFault) {
  const struct {
    const char* name;
    std::string text;
    const char* message;
  } cases[] = {
      {"empty", "", "column 1: { is asked here"},
      {"no braces", R"(a="1")", "column 1: { is asked here"},
      {"not closed", R"({a="1")", "column 7: a comma or } is asked here"},
      {"no name", R"({="1"})", "column 2: a label name is asked here"},
      {"a digit first", R"({9a="1"})", "column 2: a label name is asked here"},
      {"dash in a name", R"({a-b="1"})", "column 3: = is asked here"},
      {"no value", "{a=}", "column 4: a text in quotes is asked here"},
      {"no quotes", "{a=b}", "column 4: a text in quotes is asked here"},
      {"quote not closed", R"({a="1})", "column 4: this text has no closing quote"},
      {"newline in double quotes", "{a=\"1\n\"}", "column 4: this text has no closing quote"},
      {"no such escape", R"({a="\q"})", "column 5: there is no such escape"},
      {"escape of the other quote", R"({a="\'"})", "column 5: there is no such escape"},
      {"escape cut off", R"({a="\)", "column 5: there is no such escape"},
      {"surrogate", R"({a="\ud800"})", "column 5: there is no such escape"},
      {"no comma", R"({a="1" b="2"})", "column 8: a comma or } is asked here"},
      {"two commas", R"({a="1",,})", "column 8: a label name is asked here"},
      {"comma alone", "{,}", "column 2: a label name is asked here"},
      {"a matcher", R"({a!="1"})", "column 3: = is asked here"},
      {"a regex", R"({a=~"1"})", "column 4: a text in quotes is asked here"},
      {"text behind", R"({a="1"} x)", "column 9: nothing may follow the }"},
      {"twice", R"({a="1",a="2"})", "column 13: the label a is given twice"},
      {"too many", with_labels(kMostStreamLabels + 1), "too many labels"},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    const auto labels = parse_label_text(c.text);
    ASSERT_FALSE(labels);
    EXPECT_EQ(labels.error().kind, ErrorKind::Input);
    EXPECT_NE(labels.error().message.find(c.message), std::string::npos) << labels.error().message;
  }
}

TEST(LabelText, ReadsBackWhatOurSenderWrites) {
  std::string every_byte;
  for (int byte = 0; byte < 256; ++byte)
    every_byte += static_cast<char>(byte);
  const model::LabelSet labels{{"a", every_byte}, {"b", "\xe2\x80\xa8 \xf3\xb0\x80\x80"}};
  const auto read = parse_label_text(loki_label_text(labels));
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(*read, labels);
}

}  // namespace
}  // namespace agent::codec
