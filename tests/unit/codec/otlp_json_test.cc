#include "agent/codec/otlp_json.h"

#include <gtest/gtest.h>

#include "tests/support/otlp_bytes.h"

namespace agent::codec {
namespace {

using testing::field;
using testing::fixed64_field;
using testing::number_field;

const MessageSchema& kRequest = kExportTraceServiceRequest;

std::string span_json(const std::string& members) {
  return R"({"resourceSpans":[{"scopeSpans":[{"spans":[{)" + members + "}]}]}]}";
}
std::string span_bytes(const std::string& content) { return field(1, field(2, field(2, content))); }
std::string value_json(const std::string& value) {
  return span_json(R"("attributes":[{"key":"k","value":)" + value + "}]");
}
std::string value_bytes(const std::string& value) {
  return span_bytes(field(9, field(1, "k") + field(2, value)));
}
std::string repeat(std::string_view text, int times) {
  std::string out;
  for (int i = 0; i < times; ++i)
    out += text;
  return out;
}
// A value inside `depth` - 1 lists.
std::string nested_json(int depth) {
  return repeat(R"({"arrayValue":{"values":[)", depth - 1) + R"({"boolValue":true})" +
         repeat("]}}", depth - 1);
}

TEST(OtlpJson, ReadsEveryForm) {
  const struct {
    const char* name;
    std::string json;
    std::string bytes;
  } cases[] = {
      {"nothing", "{}", ""},
      {"null is absent", R"({"resourceSpans":null})", ""},
      {"unknown names", R"({"x":[1,{"y":null}],"resourceSpans":[{"z":-1.5e3}]})", field(1, "")},
      {"ids in any case", span_json(R"("traceId":"aBcD","spanId":"")"),
       span_bytes(field(1, "\xab\xcd"))},
      {"snake_case",
       R"({"resource_spans":[{"scope_spans":[{"spans":[{"parent_span_id":"01","kind":1}]}]}]})",
       span_bytes(field(4, "\x01") + number_field(6, 1))},
      {"enum names",
       span_json(R"("kind":"SPAN_KIND_CLIENT","status":{"code":"STATUS_CODE_ERROR"})"),
       span_bytes(number_field(6, 3) + field(15, number_field(3, 2)))},
      {"64 bits as string and number",
       span_json(R"("startTimeUnixNano":"18446744073709551615","endTimeUnixNano":7)"),
       span_bytes(fixed64_field(7, ~0ULL) + fixed64_field(8, 7))},
      {"zeros are left out", span_json(R"("name":"","kind":0,"startTimeUnixNano":"0")"),
       span_bytes("")},
      {"flags are fixed32", span_json(R"("flags":257)"),
       span_bytes(std::string("\x85\x01\x01\x01\x00\x00", 6))},
      {"escapes", span_json(R"("name":"\u00e9\ud83d\ude00\"\\\/\n")"),
       span_bytes(field(5, "\xc3\xa9\xf0\x9f\x98\x80\"\\/\n"))},
      {"empty string value", value_json(R"({"stringValue":""})"), value_bytes(field(1, ""))},
      {"no kind", value_json("{}"), value_bytes("")},
      {"a null kind beside another", value_json(R"({"stringValue":null,"intValue":"-1"})"),
       value_bytes("\x18" + std::string(9, '\xff') + "\x01")},
      {"false is a value", value_json(R"({"boolValue":false})"), value_bytes(number_field(2, 0))},
      {"double from digits beyond 64 bits", value_json(R"({"doubleValue":100000000000000000000})"),
       value_bytes(fixed64_field(4, 0x4415AF1D78B58C40ULL))},
      {"double as string", value_json(R"({"doubleValue":"-Infinity"})"),
       value_bytes(fixed64_field(4, 0xFFF0000000000000ULL))},
      {"bytes in the URL alphabet", value_json(R"({"bytesValue":"-_8"})"),
       value_bytes(field(7, "\xfb\xff"))},
      {"key and value list", value_json(R"({"kvlistValue":{"values":[{"key":"a"}]}})"),
       value_bytes(field(6, field(1, field(1, "a"))))},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    const auto read = otlp_from_json(kRequest, c.json);
    ASSERT_TRUE(read) << read.error().message;
    EXPECT_EQ(*read, c.bytes);
  }
}

TEST(OtlpJson, RefusesWithThePlace) {
  const struct {
    const char* name;
    std::string json;
    const char* message;
  } cases[] = {
      {"empty", "", "not JSON"},
      {"a list", "[]", "a JSON object is expected"},
      {"two documents", "{} {}", "one JSON object is expected"},
      {"cut off", R"({"resourceSpans":[)", "not JSON"},
      {"null in a list", R"({"resourceSpans":[null]})", "resourceSpans[0]: an object is expected"},
      {"object for a list", R"({"resourceSpans":{}})", "resourceSpans: a list is expected"},
      {"wrong type deep inside", span_json(R"("name":1)"),
       "resourceSpans[0].scopeSpans[0].spans[0].name: a string is expected"},
      {"odd hex digits", span_json(R"("traceId":"abc")"), "hex digits"},
      {"no hex digits", span_json(R"("traceId":"0x")"), "hex digits"},
      {"kind with a fraction", span_json(R"("kind":1.0)"), "kind: a number or a name"},
      {"kind with a foreign name", span_json(R"("kind":"STATUS_CODE_OK")"), "a number or a name"},
      {"kind as digits", span_json(R"("kind":"1")"), "a number or a name"},
      {"kind above 32 bits", span_json(R"("kind":2147483648)"), "a number or a name"},
      {"time above 64 bits", span_json(R"("endTimeUnixNano":18446744073709551616)"), "integer"},
      {"negative time", span_json(R"("endTimeUnixNano":"-1")"), "integer"},
      {"time with a plus", span_json(R"("endTimeUnixNano":"+1")"), "integer"},
      {"time with an exponent", span_json(R"("endTimeUnixNano":1e3)"), "integer"},
      {"flags above 32 bits", span_json(R"("flags":4294967296)"), "integer"},
      {"int64 above its range", value_json(R"({"intValue":"9223372036854775808"})"), "integer"},
      {"bool as a string", value_json(R"({"boolValue":"true"})"), "true or false"},
      {"unknown word", value_json(R"({"boolValue":truer})"), "not JSON"},
      {"bare NaN", value_json(R"({"doubleValue":NaN})"), "not JSON"},
      {"double out of range", value_json(R"({"doubleValue":1e999})"), "a number is expected"},
      {"double word", value_json(R"({"doubleValue":"nan"})"), "a number is expected"},
      {"leading zero", value_json(R"({"doubleValue":01})"), "not JSON"},
      {"base64 of one character", value_json(R"({"bytesValue":"A"})"), "base64"},
      {"base64 with a blank", value_json(R"({"bytesValue":"AA A"})"), "base64"},
      {"base64 with padding in front", value_json(R"({"bytesValue":"=AAA"})"), "base64"},
      {"two kinds", value_json(R"({"stringValue":"","boolValue":false})"), "two kinds"},
      {"nonsense below an unknown name", R"({"x":[tru]})", "not JSON"},
      {"unknown nested too deep", R"({"x":)" + repeat("[", 300) + repeat("]", 300) + "}", "deep"},
      {"not UTF-8", span_json("\"name\":\"\xff\""), "not JSON"},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    const auto read = otlp_from_json(kRequest, c.json);
    ASSERT_FALSE(read);
    EXPECT_EQ(read.error().kind, ErrorKind::Input);
    EXPECT_NE(read.error().message.find(c.message), std::string::npos) << read.error().message;
  }
}

TEST(OtlpJson, NestsValues64Deep) {
  const auto deepest = otlp_from_json(kRequest, value_json(nested_json(64)));
  ASSERT_TRUE(deepest) << deepest.error().message;
  EXPECT_FALSE(otlp_from_json(kRequest, value_json(nested_json(65))));
  const auto back = otlp_to_json(kRequest, *deepest);
  ASSERT_TRUE(back);
  EXPECT_EQ(*back, value_json(nested_json(64)));
  std::string value = number_field(2, 1);
  for (int i = 1; i < 65; ++i)
    value = field(5, field(1, value));
  EXPECT_FALSE(otlp_to_json(kRequest, value_bytes(value)));
}

TEST(OtlpJson, WritesEveryForm) {
  const struct {
    const char* name;
    std::string bytes;
    std::string json;
  } cases[] = {
      {"nothing", "", "{}"},
      {"ids in lower case", span_bytes(field(1, "\xAB\xCD")), span_json(R"("traceId":"abcd")")},
      {"defaults and unknown fields are left out",
       span_bytes(field(5, "") + number_field(6, 0) + number_field(99, 1)), span_json("")},
      {"defaults of a value stay", value_bytes(number_field(3, 0)),
       value_json(R"({"intValue":"0"})")},
      {"the last kind of a value counts", value_bytes(field(1, "a") + number_field(2, 1)),
       value_json(R"({"boolValue":true})")},
      {"the last scalar counts", span_bytes(field(5, "a") + field(5, "b")),
       span_json(R"("name":"b")")},
      {"parts of a message merge",
       span_bytes(field(15, number_field(3, 2)) + field(5, "n") + field(15, field(2, "m"))),
       span_json(R"("name":"n","status":{"message":"m","code":2})")},
      {"numbers", span_bytes(fixed64_field(7, ~0ULL) + number_field(10, 4294967295ULL)),
       span_json(
           R"("startTimeUnixNano":"18446744073709551615","droppedAttributesCount":4294967295)")},
      {"negative", value_bytes("\x18" + std::string(9, '\xff') + "\x01"),
       value_json(R"({"intValue":"-1"})")},
      {"shortest double", value_bytes(fixed64_field(4, 0x3FB999999999999AULL)),
       value_json(R"({"doubleValue":0.1})")},
      {"NaN", value_bytes(fixed64_field(4, 0x7FF8000000000000ULL)),
       value_json(R"({"doubleValue":"NaN"})")},
      {"minus zero", value_bytes(fixed64_field(4, 1ULL << 63U)),
       value_json(R"({"doubleValue":-0.0})")},
      {"bytes", value_bytes(field(7, "\xfb\xff")), value_json(R"({"bytesValue":"+/8="})")},
      {"text", span_bytes(field(5, "\"\\\n\x01\xff")),
       span_json(R"("name":"\"\\\n\u0001)"
                 "\xef\xbf\xbd\"")},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    const auto written = otlp_to_json(kRequest, c.bytes);
    ASSERT_TRUE(written) << written.error().message;
    EXPECT_EQ(*written, c.json);
  }
  EXPECT_FALSE(otlp_to_json(kRequest, "\x0a\x05"));
  EXPECT_FALSE(otlp_to_json(kRequest, span_bytes(number_field(5, 1))));
}

}  // namespace
}  // namespace agent::codec
