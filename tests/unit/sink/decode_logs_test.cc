#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "agent/sink/decode.h"
#include "agent/sink/log_labels.h"
#include "agent/sink/proto/loki_push.pb.h"

namespace agent::sink {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
namespace proto = dunlin::sink::loki;

TEST(StreamLabels, ReadsWhatGoQuotes) {
  const struct {
    const char *text, *expected;
  } cases[] = {
      {R"({a="1"})", R"({a="1"})"},
      {R"({a="1", b_2="two words"})", R"({a="1", b_2="two words"})"},
      {R"({b="1",a="2"})", R"({a="2", b="1"})"},
      {R"({a="q\" b\\ n\n t\t r\r"})", R"({a="q\" b\\ n\n t\t r\r"})"},
      {R"({a="\x01\u0085\U0001f426"})", "{a=\"\\u0001\u0085\U0001f426\"}"},
      {R"({a="\u00e9,}"})", "{a=\"\u00e9,}\"}"},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.text);
    const auto labels = parse_stream_labels(c.text);
    ASSERT_TRUE(labels) << labels.error().message;
    EXPECT_EQ(model::to_string(*labels), c.expected);
  }
}

TEST(StreamLabels, RefusesTheRest) {
  for (const char* text : {"",
                           "{}",
                           "{",
                           "{a}",
                           "{a=}",
                           "{a=1}",
                           R"({a="1")",
                           R"({a="1"}x)",
                           R"({a="1",})",
                           R"({a="1" b="2"})",
                           R"({a="1", a="2"})",
                           R"({a=""})",
                           R"({1a="1"})",
                           R"({a="\q"})",
                           R"({a="\x1"})",
                           R"({a="\ud800"})",
                           R"({a="\U00110000"})",
                           "{a=\"new\nline\"}",
                           R"(a="1")",
                           R"({a="1)"}) {
    SCOPED_TRACE(text);
    const auto labels = parse_stream_labels(text);
    ASSERT_FALSE(labels);
    EXPECT_EQ(labels.error().kind, ErrorKind::Input);
  }
}

TEST(DecodeLokiProtobuf, RendersEntriesExactly) {
  proto::PushRequest request;
  auto* stream = request.add_streams();
  stream->set_labels(R"({job="x"})");
  auto* entry = stream->add_entries();
  entry->mutable_timestamp()->set_seconds(1'700'000'000);
  entry->mutable_timestamp()->set_nanos(1);
  entry->set_line("a \"line\"");
  auto* metadata = entry->add_structured_metadata();
  metadata->set_name("trace_id");
  metadata->set_value("77");
  stream->add_entries()->set_line("");
  const auto arrival = decode_loki_protobuf(request.SerializeAsString());
  ASSERT_TRUE(arrival) << arrival.error().message;
  EXPECT_THAT(
      arrival->records,
      ElementsAre(
          R"({"labels":{"job":"x"},"timestamp":"1700000000000000001","line":"a \"line\"","metadata":{"trace_id":"77"}})",
          R"({"labels":{"job":"x"},"timestamp":"0","line":"","metadata":{}})"));
  EXPECT_EQ(arrival->line_bytes, 8U);
  EXPECT_EQ(arrival->groups.size(), 1U);
}

TEST(DecodeLokiProtobuf, RefusesBadStreams) {
  const auto reason_of = [](const auto& spoil) {
    proto::PushRequest request;
    auto* stream = request.add_streams();
    stream->set_labels(R"({job="x"})");
    stream->add_entries()->set_line("ok");
    spoil(*stream);
    const auto arrival = decode_loki_protobuf(request.SerializeAsString());
    return arrival ? std::string() : arrival.error().message;
  };
  EXPECT_EQ(reason_of([](auto&) {}), "");
  EXPECT_THAT(reason_of([](auto& s) { s.set_labels("{}"); }), HasSubstr("streams[0]: "));
  EXPECT_THAT(reason_of([](auto& s) { s.mutable_entries(0)->set_line("\xff"); }),
              "streams[0]: entries[0]: the line is not UTF-8");
  EXPECT_THAT(reason_of([](auto& s) {
                s.mutable_entries(0)->mutable_timestamp()->set_nanos(1'000'000'000);
              }),
              HasSubstr("timestamp: out of range"));
  EXPECT_THAT(
      reason_of([](auto& s) { s.mutable_entries(0)->mutable_timestamp()->set_seconds(1LL << 60); }),
      HasSubstr("timestamp: out of range"));
  EXPECT_THAT(reason_of([](auto& s) { s.mutable_entries(0)->add_structured_metadata(); }),
              HasSubstr("structuredMetadata"));
  EXPECT_FALSE(decode_loki_protobuf("\xff"));
}

TEST(DecodeLokiJson, RendersEntriesExactly) {
  const auto arrival = decode_loki_json(
      R"({"streams":[{"stream":{"b":"2","a":"1"},"values":[["12","x",{"t":"7"}],["13","\u00e9"]]},)"
      R"({"stream":{"a":"3"},"values":[]}]})");
  ASSERT_TRUE(arrival) << arrival.error().message;
  EXPECT_THAT(
      arrival->records,
      ElementsAre(
          R"({"labels":{"a":"1","b":"2"},"timestamp":"12","line":"x","metadata":{"t":"7"}})",
          "{\"labels\":{\"a\":\"1\",\"b\":\"2\"},\"timestamp\":\"13\",\"line\":\"\u00e9\","
          "\"metadata\":{}}"));
  EXPECT_EQ(arrival->groups.size(), 2U);
}

TEST(DecodeLokiJson, RefusesBadBodies) {
  for (const char* body :
       {"", "{", "[]", "{}", R"({"streams":{}})", R"({"streams":[{}]})",
        R"({"streams":[{"stream":{},"values":[]}]})",
        R"({"streams":[{"stream":{"a":1},"values":[]}]})",
        R"({"streams":[{"stream":{"a":"1"},"values":[["1"]]}]})",
        R"({"streams":[{"stream":{"a":"1"},"values":[[1,"x"]]}]})",
        R"({"streams":[{"stream":{"a":"1"},"values":[["1x","x"]]}]})",
        R"({"streams":[{"stream":{"a":"1"},"values":[["1","x",[]]]}]})",
        R"({"streams":[{"stream":{"a":"1"},"values":[["1","x",{},1]]}]})",
        R"({"streams":[{"stream":{"a":"1"},"values":[["99999999999999999999","x"]]}]})"}) {
    SCOPED_TRACE(body);
    EXPECT_FALSE(decode_loki_json(body));
  }
}

}  // namespace
}  // namespace agent::sink
