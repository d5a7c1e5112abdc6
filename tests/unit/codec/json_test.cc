#include "agent/codec/json.h"

#include <gtest/gtest.h>

namespace agent::codec {
namespace {

std::string compact(const JsonValue& value) {
  std::string out;
  append_json(out, value);
  return out;
}

TEST(JsonReader, TakesExactlyWhatGoTakes) {
  using Outcome = JsonReader::Outcome;
  const struct {
    const char* name;
    std::string_view text;
    Outcome outcome;
    const char* tree;
  } cases[] = {
      {"object", R"( {"b":1,"a":[true,null,"x"]} )", Outcome::Object,
       R"({"a":[true,null,"x"],"b":1})"},
      {"null", "null", Outcome::Null, "null"},
      {"last of one name", R"({"a":1,"a":2})", Outcome::Object, R"({"a":2})"},
      {"lone surrogate", R"({"a":"x\ud800y"})", Outcome::Object, "{\"a\":\"x\xef\xbf\xbdy\"}"},
      {"surrogate pair", R"({"a":"\ud83d\ude00"})", Outcome::Object,
       "{\"a\":\"\xf0\x9f\x98\x80\"}"},
      {"bad byte", "{\"a\":\"x\xffy\"}", Outcome::Object, "{\"a\":\"x\xef\xbf\xbdy\"}"},
      {"minus zero", R"({"a":-0})", Outcome::Object, R"({"a":-0})"},
      {"zero beside a minus", R"({"a":0,"b":"x-0"})", Outcome::Object, R"({"a":0,"b":"x-0"})"},
      {"integer beyond 64 bits", R"({"a":98765432109876543210})", Outcome::Object,
       R"({"a":98765432109876540000})"},
      {"largest exponent", R"({"a":1e308})", Outcome::Object, R"({"a":1e+308})"},
      {"past it", R"({"a":1e309})", Outcome::Malformed, nullptr},
      {"escapes for pages", R"({"a":"<&>"})", Outcome::Object, R"({"a":"\u003c\u0026\u003e"})"},
      {"array", "[1]", Outcome::Malformed, nullptr},
      {"text", "\"x\"", Outcome::Malformed, nullptr},
      {"empty", "", Outcome::Malformed, nullptr},
      {"blanks", "  ", Outcome::Malformed, nullptr},
      {"rest", R"({"a":1} x)", Outcome::Malformed, nullptr},
      {"two", R"({"a":1} {"a":2})", Outcome::Malformed, nullptr},
      {"leading zero", R"({"a":01})", Outcome::Malformed, nullptr},
      {"bare point", R"({"a":1.})", Outcome::Malformed, nullptr},
      {"trailing comma", R"({"a":1,})", Outcome::Malformed, nullptr},
      {"control character", "{\"a\":\"\x01\"}", Outcome::Malformed, nullptr},
      {"bad escape", R"({"a":"\x"})", Outcome::Malformed, nullptr},
      {"byte order mark", "\xef\xbb\xbf{}", Outcome::Malformed, nullptr},
      {"cut off", R"({"a":"\ud8)", Outcome::Malformed, nullptr},
  };
  JsonReader reader;
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    ASSERT_EQ(reader.read(c.text), c.outcome);
    if (c.tree != nullptr) {
      EXPECT_EQ(compact(reader.tree()), c.tree);
    }
  }
}

TEST(JsonReader, FindsPaths) {
  const JsonPath paths[] = {{{"a", false, 0}, {"b", false, 0}},
                            {{"l", false, 0}, {"", true, -1}},
                            {{"l", false, 0}, {"", true, 2}},
                            {{"l", false, 0}, {"x", false, 0}},
                            {}};
  JsonReader reader;
  for (const char* extra : {"", R"(,"huge":98765432109876543210)"}) {
    SCOPED_TRACE(extra);
    const std::string text =
        R"({"a":{"b":"no"},"l":[1,2],"a":{"b":"yes"},"l":[3,4])" + std::string(extra) + "}";
    ASSERT_EQ(reader.read(text), JsonReader::Outcome::Object);
    JsonValue found[5];
    reader.find(paths, found);
    EXPECT_EQ(found[0].text(), "yes");
    EXPECT_EQ(found[1].number(), 4);
    EXPECT_TRUE(found[2].is(JsonValue::Kind::Null));
    EXPECT_TRUE(found[3].is(JsonValue::Kind::Null));
    EXPECT_EQ(found[4], reader.tree());
  }
  ASSERT_EQ(reader.read("null"), JsonReader::Outcome::Null);
  JsonValue found[5];
  reader.find(paths, found);
  EXPECT_TRUE(found[0].is(JsonValue::Kind::Null));
}

TEST(JsonReader, RefusesHostileDepth) {
  JsonReader reader;
  for (const std::size_t depth : {1000U, 1100U, 1'000'000U}) {
    const std::string text = "{\"a\":" + std::string(depth, '[') + std::string(depth, ']') + "}";
    const bool is_object = reader.read(text) == JsonReader::Outcome::Object;
    EXPECT_EQ(is_object, depth < 1024) << depth;
  }
  JsonPool pool;
  EXPECT_FALSE(parse_json(std::string(1'000'000, '['), pool));
}

TEST(AppendDecimal, WritesNoExponent) {
  const struct {
    double value;
    const char* text;
  } cases[] = {{200, "200"},         {12.5, "12.5"},   {1e21, "1000000000000000000000"},
               {0.00025, "0.00025"}, {0, "0"},         {-0.0, "-0"},
               {-3, "-3"},           {0.1, "0.1"},     {1234567.125, "1234567.125"},
               {100, "100"},         {5e-324, nullptr}};
  for (const auto& c : cases) {
    std::string out;
    append_decimal(out, c.value);
    if (c.text != nullptr) {
      EXPECT_EQ(out, c.text);
    } else {
      EXPECT_EQ(out, "0." + std::string(323, '0') + "5");
    }
  }
}

}  // namespace
}  // namespace agent::codec
