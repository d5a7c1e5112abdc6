// Both transports against our own receiver on loopback, and the meaning of answers.
#include "agent/export/otlp_transport.h"

#include <optional>

#include <gtest/gtest.h>

#include "agent/export/otlp_grpc_transport.h"
#include "agent/export/otlp_http_transport.h"
#include "agent/export/otlp_payload.h"
#include "agent/traces/otlp_receiver.h"

#include "tests/support/fake_clock.h"
#include "tests/support/otlp_bytes.h"
#include "tests/support/recording_sink.h"
#include "tests/support/run_until.h"
#include "tests/support/test_http_server.h"

namespace agent::exporter {
namespace {

using model::OtlpCompression;
using model::OtlpProtocol;
using testing::field;
using testing::request;
using testing::span;
using testing::span_id;
using testing::trace_id;
using Kind = Outcome::Kind;

class OtlpTransportTest : public ::testing::TestWithParam<OtlpProtocol> {
 protected:
  OtlpTransportTest() { receiver_.install(*server_.server); }
  ~OtlpTransportTest() override {
    if (server_.server) receiver_.uninstall(*server_.server);
  }

  model::OtlpExporterConfig config(OtlpCompression compression) const {
    model::OtlpExporterConfig out;
    out.protocol = GetParam();
    out.host = "127.0.0.1";
    out.port = server_.server->local().port;
    out.url = server_.url("/v1/traces");
    out.compression = compression;
    out.headers = {{"X-Scope-OrgID", "shop"}};
    return out;
  }
  Outcome send(Transport& transport, const std::string& payload) {
    std::optional<Outcome> outcome;
    const auto attempt = transport.send({std::make_shared<const std::string>(payload), "", 0},
                                        [&](Outcome result) { outcome = std::move(result); });
    EXPECT_FALSE(outcome);
    EXPECT_TRUE(testing::run_until(loop_, [&] { return outcome.has_value(); }));
    return outcome.value_or(Outcome{});
  }
  Outcome send(OtlpCompression compression, const std::string& bytes) {
    const auto transport = make_otlp_transport(config(compression), loop_, clock_, log_);
    return send(*transport, encode_otlp_payload(bytes, compression));
  }

  loop::EventLoop loop_;
  testing::FakeClock clock_;
  Random random_{1};
  Logger log_{LogLevel::Error, LogFormat::Logfmt, std::make_unique<testing::NullOutput>()};
  selfmon::Scope scope_;
  selfmon::Ledger ledger_{"traces", scope_};
  testing::RecordingSink<model::SpanBatch> sink_;
  testing::TestHttpServer server_{loop_};
  traces::OtlpReceiver receiver_{{1U << 20U, 1U << 20U, "/v1/traces"},
                                 {sink_, ledger_, clock_, random_}};
};

const std::string kLarge =
    request({span(trace_id(1), span_id(1), field(5, std::string(3000, 'n')))});

TEST_P(OtlpTransportTest, DeliversTheBytes) {
  for (const auto compression :
       {OtlpCompression::None, OtlpCompression::Gzip, OtlpCompression::Zstd}) {
    SCOPED_TRACE(static_cast<int>(compression));
    sink_.batches.clear();
    EXPECT_EQ(send(compression, kLarge).kind, Kind::Delivered);
    ASSERT_EQ(sink_.batches.size(), 1U);
    EXPECT_EQ(sink_.batches[0].otlp, kLarge);
  }
}

TEST_P(OtlpTransportTest, ReportsWhatTheBackendRejects) {
  const auto outcome = send(OtlpCompression::Gzip,
                            request({span("short", span_id(1)), span(trace_id(1), span_id(2))}));
  EXPECT_EQ(outcome.kind, Kind::Delivered);
  EXPECT_EQ(outcome.rejected, 1U);
  EXPECT_EQ(outcome.reason, "backend_rejected");
  EXPECT_FALSE(outcome.message.empty());
}

TEST_P(OtlpTransportTest, AFullBackendIsAskedAgainLater) {
  sink_.full = true;
  const auto outcome = send(OtlpCompression::Gzip, kLarge);
  EXPECT_EQ(outcome.kind, Kind::Retry);
  EXPECT_GE(outcome.at_least, std::chrono::seconds(1));
}

TEST_P(OtlpTransportTest, AMalformedBlockIsHalved) {
  EXPECT_EQ(send(OtlpCompression::None, "\x0a\x05").kind, Kind::Split);
}

TEST_P(OtlpTransportTest, TooLargeIsHalved) {
  EXPECT_EQ(send(OtlpCompression::None, std::string((1U << 20U) + 1, 'x')).kind, Kind::Split);
}

TEST_P(OtlpTransportTest, ADeadBackendIsTriedAgain) {
  auto dead = config(OtlpCompression::None);
  server_.server.reset();
  const auto transport = make_otlp_transport(dead, loop_, clock_, log_);
  EXPECT_EQ(send(*transport, kLarge).kind, Kind::Retry);
}

TEST_P(OtlpTransportTest, HalvesItsBlocks) {
  const auto transport = make_otlp_transport(config(OtlpCompression::Gzip), loop_, clock_, log_);
  queue::Block block;
  block.records = 2;
  block.payload = std::make_shared<const std::string>(
      encode_otlp_payload(request({span(trace_id(1), span_id(1)), span(trace_id(2), span_id(2))}),
                          OtlpCompression::Gzip));
  EXPECT_EQ(transport->halve(block).size(), 2U);
}

INSTANTIATE_TEST_SUITE_P(Protocols, OtlpTransportTest,
                         ::testing::Values(OtlpProtocol::Grpc, OtlpProtocol::Http),
                         [](const auto& each) {
                           return each.param == OtlpProtocol::Grpc ? "Grpc" : "Http";
                         });

TEST(JudgeOtlpGrpc, NoStatusIsNoSuccess) {
  net::GrpcReply reply;  // Unknown
  EXPECT_EQ(judge_otlp_grpc(reply).kind, Kind::Drop);
  reply.code = net::GrpcCode::ResourceExhausted;
  EXPECT_EQ(judge_otlp_grpc(reply).kind, Kind::Split);
  reply.retry_delay = std::chrono::seconds(5);
  EXPECT_EQ(judge_otlp_grpc(reply).kind, Kind::Retry);
}

TEST(JudgeOtlpHttp, ForeignPagesSayNothingAboutSpans) {
  net::ClientResponse response;
  response.status = 200;
  response.headers.add("content-type", "text/html");
  response.body = field(1, "\x08\x03");
  EXPECT_EQ(judge_otlp_http(response, Timestamp{}).rejected, 0U);
  response.headers.set("content-type", "application/x-protobuf");
  EXPECT_EQ(judge_otlp_http(response, Timestamp{}).rejected, 3U);
}

}  // namespace
}  // namespace agent::exporter
