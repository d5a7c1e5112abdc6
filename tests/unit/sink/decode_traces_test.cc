#include <functional>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "agent/sink/decode.h"
#include "agent/sink/proto/otlp_trace.pb.h"

namespace agent::sink {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
namespace proto = dunlin::sink::otlp;

proto::ExportTraceServiceRequest one_span() {
  proto::ExportTraceServiceRequest request;
  auto* resource = request.add_resource_spans();
  auto* attribute = resource->mutable_resource()->add_attributes();
  attribute->set_key("service.name");
  attribute->mutable_value()->set_string_value("checkout");
  auto* span = resource->add_scope_spans()->add_spans();
  span->set_trace_id(std::string(15, '\0') + "\x01");
  span->set_span_id("\x01\x02\x03\x04\x05\x06\x07\xff");
  span->set_name("GET /");
  return request;
}

TEST(DecodeOtlpTraces, RendersSpansExactly) {
  auto request = one_span();
  auto* span = request.mutable_resource_spans(0)->mutable_scope_spans(0)->mutable_spans(0);
  span->set_parent_span_id("parent88");
  span->set_trace_state("ot=th:8");
  span->set_kind(2);
  span->set_flags(0x101);
  span->set_start_time_unix_nano(1'700'000'000'000'000'001ULL);
  span->set_end_time_unix_nano(18'446'744'073'709'551'615ULL);
  span->mutable_status()->set_code(2);
  auto* list = span->add_attributes();
  list->set_key("list");
  auto* values = list->mutable_value()->mutable_array_value();
  values->add_values()->set_int_value(-1);
  values->add_values()->set_bool_value(true);
  values->add_values()->set_double_value(0.5);
  values->add_values()->set_bytes_value("\x0f");
  values->add_values();
  const auto arrival = decode_otlp_traces(request.SerializeAsString());
  ASSERT_TRUE(arrival) << arrival.error().message;
  EXPECT_THAT(
      arrival->records,
      ElementsAre(
          R"({"traceId":"00000000000000000000000000000001","spanId":"01020304050607ff",)"
          R"("parentSpanId":"706172656e743838","traceState":"ot=th:8","name":"GET /","service":"checkout",)"
          R"("startTimeUnixNano":"1700000000000000001","endTimeUnixNano":"18446744073709551615",)"
          R"("kind":2,"statusCode":2,"flags":257,"events":0,"links":0,"attributes":{"list":[-1,true,0.5,"0f",null]}})"));
}

TEST(DecodeOtlpTraces, RefusesIdsThatTempoRefuses) {
  const struct {
    const char* name;
    std::function<void(proto::Span&)> spoil;
    bool good;
  } cases[] = {
      {"as it is", [](auto&) {}, true},
      {"trace id of 15 bytes", [](auto& s) { s.set_trace_id(std::string(15, 'x')); }, false},
      {"trace id of zeros", [](auto& s) { s.set_trace_id(std::string(16, '\0')); }, false},
      {"no trace id", [](auto& s) { s.clear_trace_id(); }, false},
      {"span id of 9 bytes", [](auto& s) { s.set_span_id(std::string(9, 'x')); }, false},
      {"span id of zeros", [](auto& s) { s.set_span_id(std::string(8, '\0')); }, false},
      {"parent of zeros", [](auto& s) { s.set_parent_span_id(std::string(8, '\0')); }, true},
      {"parent of 7 bytes", [](auto& s) { s.set_parent_span_id(std::string(7, 'x')); }, false},
      {"empty link", [](auto& s) { s.add_links(); }, true},
      {"link of 8 bytes", [](auto& s) { s.add_links()->set_trace_id("12345678"); }, false},
      {"link of 32 bytes", [](auto& s) { s.add_links()->set_trace_id(std::string(32, 'x')); },
       false},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    auto request = one_span();
    c.spoil(*request.mutable_resource_spans(0)->mutable_scope_spans(0)->mutable_spans(0));
    const auto arrival = decode_otlp_traces(request.SerializeAsString());
    ASSERT_EQ(arrival.has_value(), c.good);
    if (c.good) continue;
    EXPECT_THAT(arrival.error().message, HasSubstr("resource_spans[0]: scope_spans[0].spans[0]: "));
  }
}

TEST(DecodeOtlpTraces, RefusesMalformedBytes) {
  EXPECT_TRUE(decode_otlp_traces(""));
  EXPECT_FALSE(decode_otlp_traces("\x0a\xff\xff\xff\xff\x0f"));
  // Attribute values nested without end stop at libprotobuf's limit.
  proto::AnyValue value;
  for (int i = 0; i < 200; ++i) {
    proto::AnyValue outer;
    *outer.mutable_array_value()->add_values() = std::move(value);
    value = std::move(outer);
  }
  auto request = one_span();
  auto* attribute = request.mutable_resource_spans(0)->mutable_resource()->add_attributes();
  *attribute->mutable_value() = std::move(value);
  EXPECT_FALSE(decode_otlp_traces(request.SerializeAsString()));
}

}  // namespace
}  // namespace agent::sink
