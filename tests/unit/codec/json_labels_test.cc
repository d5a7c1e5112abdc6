#include "agent/codec/json_labels.h"

#include <gtest/gtest.h>

namespace agent::codec {
namespace {

TEST(JsonLabels, ReadsAndWritesAnObjectOfTexts) {
  const auto labels = parse_json_labels(R"( {"job":"a\"\u00e9", "b":"", "a":"1"} )");
  ASSERT_TRUE(labels) << labels.error().message;
  EXPECT_EQ(labels->size(), 2U);
  EXPECT_EQ(labels->get("job"), "a\"é");
  EXPECT_EQ(json_labels(*labels), R"({"a": "1", "job": "a\"é"})");
  EXPECT_EQ(json_labels({}), "{}");
}

TEST(JsonLabels, RefusesAnythingElse) {
  for (const char* text : {"", "[]", "1", "{", R"({"a":1})", R"({"a":null})", R"({"a":"b"} x)",
                           R"({"a":{}})", "{\"a\":\"\xFF\"}"}) {
    SCOPED_TRACE(text);
    const auto labels = parse_json_labels(text);
    ASSERT_FALSE(labels);
    EXPECT_EQ(labels.error().kind, ErrorKind::Input);
  }
}

}  // namespace
}  // namespace agent::codec
