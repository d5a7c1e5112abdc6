#include "agent/traces/otlp_receiver.h"

#include <gtest/gtest.h>

#include "agent/base/base64.h"
#include "agent/codec/compression.h"
#include "agent/net/grpc_frame.h"

#include "tests/support/fake_clock.h"
#include "tests/support/otlp_bytes.h"
#include "tests/support/recording_sink.h"

namespace agent::traces {
namespace {

using testing::field;
using testing::request;
using testing::span;
using testing::span_id;
using testing::trace_id;

constexpr const char* kProtobuf = "application/x-protobuf";
constexpr const char* kJson = "application/json";
constexpr std::uint64_t kLimit = 4096;

const std::string kGood = request({span(trace_id(1), span_id(1))});
const std::string kMixed = request({span(trace_id(1), span_id(1)), span("short", span_id(2))});
const std::string kGoodJson =
    R"({"resourceSpans":[{"scopeSpans":[{"spans":[{"traceId":"4bf92f3577b34da6a3ffffffffffffff",)"
    R"("spanId":"000000000000a100"}]}]}]})";
const std::string kMixedJson =
    R"({"resourceSpans":[{"scopeSpans":[{"spans":[{"traceId":"4bf92f3577b34da6a3ffffffffffffff",)"
    R"("spanId":"000000000000a100"},{}]}]}]})";

class OtlpReceiverTest : public ::testing::Test {
 protected:
  static net::Request http(std::string body, std::string type, std::string coding = {}) {
    net::Request out;
    out.method = "POST";
    out.path = "/v1/traces";
    if (!type.empty()) out.headers.add("content-type", std::move(type));
    if (!coding.empty()) out.headers.add("content-encoding", std::move(coding));
    out.body = std::move(body);
    return out;
  }
  static net::Request grpc(std::string body, std::string coding = {}) {
    net::Request out;
    out.method = "POST";
    out.http2 = true;
    out.headers.add("content-type", "application/grpc+proto");
    if (!coding.empty()) out.headers.add("grpc-encoding", std::move(coding));
    out.body = std::move(body);
    return out;
  }
  static std::string trailer(const net::Response& response, std::string_view name) {
    return std::string(response.trailers.get(name).value_or(""));
  }

  testing::FakeClock clock_;
  Random random_{1};
  selfmon::Scope scope_;
  selfmon::Ledger ledger_{"traces", scope_};
  testing::RecordingSink<model::SpanBatch> sink_;
  OtlpReceiver receiver_{{kLimit, kLimit, "/v1/traces"}, {sink_, ledger_, clock_, random_}};
};

TEST_F(OtlpReceiverTest, AnswersHttp) {
  const std::string too_large(kLimit + 1, 'x');
  const struct {
    const char* name;
    net::Request request;
    int status;
    std::string type;
    std::string body;  // "*": not compared
  } cases[] = {
      {"protobuf", http(kGood, kProtobuf), 200, kProtobuf, ""},
      {"parameters and case", http(kGood, "Application/X-Protobuf; charset=utf-8"), 200, kProtobuf,
       ""},
      {"empty", http("", kProtobuf), 200, kProtobuf, ""},
      {"JSON", http(kGoodJson, kJson), 200, kJson, "{}"},
      {"gzip", http(codec::gzip_compress(kGood), kProtobuf, "gzip"), 200, kProtobuf, ""},
      {"zstd", http(codec::zstd_compress(kGoodJson), kJson, "zstd"), 200, kJson, "{}"},
      {"identity", http(kGood, kProtobuf, "identity"), 200, kProtobuf, ""},
      {"a part is rejected", http(kMixed, kProtobuf), 200, kProtobuf,
       field(1, std::string("\x08\x01") +
                    field(2, "1 of 2 spans have an id that is zero or of the wrong length"))},
      {"a part is rejected, JSON", http(kMixedJson, kJson), 200, kJson,
       R"({"partialSuccess":{"rejectedSpans":"1","errorMessage":)"
       R"("1 of 2 spans have an id that is zero or of the wrong length"}})"},
      {"no content type", http(kGood, ""), 415, "text/plain; charset=utf-8", "*"},
      {"text", http(kGood, "text/plain"), 415, "text/plain; charset=utf-8", "*"},
      {"unknown coding", http(kGood, kProtobuf, "br"), 415, "text/plain; charset=utf-8", "*"},
      {"malformed protobuf", http("\x0a\x05", kProtobuf), 400, kProtobuf,
       "\x08\x03" + field(2, "malformed protobuf in the request")},
      {"malformed JSON", http("[]", kJson), 400, kJson,
       R"({"code":3,"message":"a JSON object is expected"})"},
      {"malformed gzip", http("nonsense", kProtobuf, "gzip"), 400, kProtobuf, "*"},
      {"at the limit", http(std::string(kLimit - 3, ' ') + "{ }", kJson), 200, kJson, "{}"},
      {"past the limit", http(too_large, kJson), 413, kJson, "*"},
      {"past the limit after gunzip", http(codec::gzip_compress(too_large), kJson, "gzip"), 413,
       kJson, "*"},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    const auto response = receiver_.answer_http(c.request);
    EXPECT_EQ(response.status, c.status);
    EXPECT_EQ(response.headers.get("content-type").value_or(""), c.type);
    if (c.body != "*") {
      EXPECT_EQ(response.body, c.body);
    }
  }
}

TEST_F(OtlpReceiverTest, AnswersHttpWithoutRoom) {
  sink_.full = true;
  for (const char* type : {kProtobuf, kJson}) {
    SCOPED_TRACE(type);
    const auto response = receiver_.answer_http(http(type == kJson ? kGoodJson : kGood, type));
    EXPECT_EQ(response.status, 503);
    EXPECT_EQ(response.headers.get("retry-after").value_or(""), "2");  // 1 s and a bit of jitter
    EXPECT_EQ(response.headers.get("content-type").value_or(""), type);
  }
  EXPECT_EQ(receiver_.status().refused, 2U);
  EXPECT_EQ(receiver_.status().records, 0U);
}

TEST_F(OtlpReceiverTest, AnswersGrpc) {
  const std::string frame = net::make_grpc_frame(kGood);
  const std::string too_large(kLimit + 1, 'x');
  const struct {
    const char* name;
    net::Request request;
    std::string status;
  } cases[] = {
      {"plain", grpc(frame), "0"},
      {"empty message", grpc(net::make_grpc_frame("")), "0"},
      {"gzip", grpc(net::make_grpc_frame(codec::gzip_compress(kGood), true), "gzip"), "0"},
      {"zstd", grpc(net::make_grpc_frame(codec::zstd_compress(kGood), true), "zstd"), "0"},
      {"not compressed though gzip is named", grpc(frame, "gzip"), "0"},
      {"not compressed, unknown coding", grpc(frame, "snappy"), "0"},
      {"unknown coding", grpc(net::make_grpc_frame(kGood, true), "snappy"), "12"},
      {"compressed without coding", grpc(net::make_grpc_frame(kGood, true)), "13"},
      {"malformed gzip", grpc(net::make_grpc_frame("nonsense", true), "gzip"), "3"},
      {"malformed protobuf", grpc(net::make_grpc_frame("\x0a\x05")), "3"},
      {"no message", grpc(""), "12"},
      {"two messages", grpc(frame + frame), "12"},
      {"cut short", grpc(frame.substr(0, 8)), "13"},
      {"past the limit", grpc(net::make_grpc_frame(too_large)), "8"},
      {"past the limit after gunzip",
       grpc(net::make_grpc_frame(codec::gzip_compress(too_large), true), "gzip"), "8"},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    const auto response = receiver_.answer_grpc(c.request);
    EXPECT_EQ(response.status, 200);
    EXPECT_EQ(response.headers.get("content-type").value_or(""), "application/grpc");
    EXPECT_EQ(trailer(response, "grpc-status"), c.status);
    EXPECT_EQ(trailer(response, "grpc-status-details-bin"), "");
    if (c.status == "0") {
      EXPECT_EQ(response.body, std::string(5, '\0'));
    }
  }
}

TEST_F(OtlpReceiverTest, NamesTheCodingsThatItKnows) {
  const auto response = receiver_.answer_grpc(grpc(net::make_grpc_frame(kGood, true), "snappy"));
  EXPECT_EQ(response.headers.get("grpc-accept-encoding").value_or(""),
            "identity,gzip,deflate,zstd");
}

TEST_F(OtlpReceiverTest, TellsGrpcClientsWhenToComeBack) {
  sink_.full = true;
  const auto response = receiver_.answer_grpc(grpc(net::make_grpc_frame(kGood)));
  EXPECT_EQ(trailer(response, "grpc-status"), "14");
  const auto details = decode_base64(trailer(response, "grpc-status-details-bin"));
  ASSERT_TRUE(details);
  const auto status = net::decode_rpc_status(*details);
  ASSERT_TRUE(status);
  ASSERT_TRUE(status->retry_delay);
  EXPECT_GE(*status->retry_delay, std::chrono::seconds(1));
}

TEST_F(OtlpReceiverTest, ReportsRejectedSpansOverGrpc) {
  const auto response = receiver_.answer_grpc(grpc(net::make_grpc_frame(kMixed)));
  EXPECT_EQ(trailer(response, "grpc-status"), "0");
  EXPECT_EQ(response.body.substr(7, 2), "\x08\x01");
}

TEST_F(OtlpReceiverTest, GrpcNeedsItsContentTypeAndHttp2) {
  auto plain = grpc(net::make_grpc_frame(kGood));
  plain.http2 = false;
  EXPECT_EQ(receiver_.answer_grpc(plain).status, 415);
  auto typeless = http(net::make_grpc_frame(kGood), kProtobuf);
  typeless.http2 = true;
  EXPECT_EQ(receiver_.answer_grpc(typeless).status, 415);
  EXPECT_EQ(sink_.pushes, 0);
}

TEST_F(OtlpReceiverTest, CountsItsRequests) {
  receiver_.answer_http(http(kMixed, kProtobuf));
  receiver_.answer_http(http("x", "text/plain"));
  const auto status = receiver_.status();
  EXPECT_EQ(status.requests, 2U);
  EXPECT_EQ(status.records, 2U);
  EXPECT_EQ(status.refused, 1U);
}

TEST(HealthCheck, KnowsItsServices) {
  const struct {
    const char* service;
    const char* code;
    std::string reply;
  } cases[] = {
      {"", "0", "\x08\x01"},
      {"opentelemetry.proto.collector.trace.v1.TraceService", "0", "\x08\x01"},
      {"opentelemetry.proto.collector.logs.v1.LogsService", "0", "\x08\x02"},
      {"shop.Checkout", "5", ""},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.service);
    net::Request request;
    request.http2 = true;
    request.headers.add("content-type", "application/grpc");
    request.body = net::make_grpc_frame(*c.service == '\0' ? "" : field(1, c.service));
    const auto response = answer_health_check(request);
    EXPECT_EQ(response.trailers.get("grpc-status").value_or(""), c.code);
    EXPECT_EQ(response.body.substr(response.body.empty() ? 0 : 5), c.reply);
  }
}

}  // namespace
}  // namespace agent::traces
