// The receiver behind a real server: what the routes and the server make of a request together.
#include <gtest/gtest.h>

#include "agent/codec/compression.h"
#include "agent/net/grpc_frame.h"
#include "agent/traces/local_addresses.h"
#include "agent/traces/otlp_receiver.h"

#include "tests/support/fake_clock.h"
#include "tests/support/h2_client.h"
#include "tests/support/otlp_bytes.h"
#include "tests/support/recording_sink.h"
#include "tests/support/test_http_server.h"

namespace agent::traces {
namespace {

constexpr const char* kExport = "/opentelemetry.proto.collector.trace.v1.TraceService/Export";
constexpr std::uint64_t kLimit = 4096;
const std::string kGood =
    testing::request({testing::span(testing::trace_id(1), testing::span_id(1))});

class OtlpReceiverWire : public ::testing::Test {
 protected:
  OtlpReceiverWire() { receiver_.install(*server_.server); }
  ~OtlpReceiverWire() override { receiver_.uninstall(*server_.server); }

  // Sends an HTTP/1.1 request; the answer up to the end of the connection.
  std::string http(const std::string& head, const std::string& body) {
    testing::RawClient client(loop_, server_.server->local());
    client.send(head + " HTTP/1.1\r\nhost: t\r\nconnection: close\r\ncontent-length: " +
                std::to_string(body.size()) + "\r\ncontent-type: application/x-protobuf\r\n\r\n" +
                body);
    return client.read_to_end().value_or("");
  }
  std::string grpc_status(const std::string& path, const std::string& message) {
    testing::H2Client client(loop_, server_.server->local());
    const auto id = client.start("POST", path, net::make_grpc_frame(message),
                                 {{"content-type", "application/grpc"}, {"te", "trailers"}});
    EXPECT_TRUE(client.finish(id));
    auto& call = client.call(id);
    EXPECT_EQ(call.headers[":status"], "200");
    return call.trailers.empty() ? call.headers["grpc-status"] : call.trailers["grpc-status"];
  }

  loop::EventLoop loop_;
  testing::FakeClock clock_;
  Random random_{1};
  selfmon::Scope scope_;
  selfmon::Ledger ledger_{"traces", scope_};
  testing::RecordingSink<model::SpanBatch> sink_;
  testing::TestHttpServer server_{loop_};
  OtlpReceiver receiver_{{kLimit, kLimit, "/v1/traces"}, {sink_, ledger_, clock_, random_}};
};

TEST_F(OtlpReceiverWire, ServesHttp) {
  const struct {
    const char* name;
    const char* head;
    std::string body;
    const char* status;
  } cases[] = {
      {"taken", "POST /v1/traces", kGood, "HTTP/1.1 200 "},
      {"not POST", "GET /v1/traces", "", "HTTP/1.1 405 "},
      {"another signal", "POST /v1/metrics", kGood, "HTTP/1.1 404 "},
      {"too large", "POST /v1/traces", std::string(kLimit + 1, 'x'), "HTTP/1.1 413 "},
      {"malformed", "POST /v1/traces", "\x0a\x05", "HTTP/1.1 400 "},
      {"gRPC's path without HTTP/2",
       "POST /opentelemetry.proto.collector.trace.v1.TraceService/Export", kGood, "HTTP/1.1 415 "},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    const std::string answer = http(c.head, c.body);
    EXPECT_TRUE(answer.starts_with(c.status)) << answer;
  }
  EXPECT_NE(http("PUT /v1/traces", "").find("POST"), std::string::npos);  // Allow
  EXPECT_EQ(sink_.batches.size(), 1U);
}

TEST_F(OtlpReceiverWire, ServesGrpcOnTheSamePort) {
  EXPECT_EQ(grpc_status(kExport, kGood), "0");
  ASSERT_EQ(sink_.batches.size(), 1U);
  EXPECT_EQ(sink_.batches[0].otlp, kGood);
  EXPECT_EQ(grpc_status(kExport, ""), "0");
  EXPECT_EQ(grpc_status(kExport, "\x0a\x05"), "3");
  EXPECT_EQ(grpc_status(kExport, std::string(kLimit + 1, 'x')), "8");
  EXPECT_EQ(grpc_status("/grpc.health.v1.Health/Check", ""), "0");
  EXPECT_EQ(grpc_status("/opentelemetry.proto.collector.logs.v1.LogsService/Export", ""), "12");
  sink_.full = true;
  EXPECT_EQ(grpc_status(kExport, kGood), "14");
}

TEST_F(OtlpReceiverWire, UninstallTakesTheRoutesAway) {
  receiver_.uninstall(*server_.server);
  EXPECT_TRUE(http("POST /v1/traces", kGood).starts_with("HTTP/1.1 404 "));
  receiver_.install(*server_.server);
  EXPECT_TRUE(http("POST /v1/traces", kGood).starts_with("HTTP/1.1 200 "));
}

TEST(LocalAddresses, KnowsLoopback) {
  const auto addresses = local_addresses();
  EXPECT_NE(std::find(addresses.begin(), addresses.end(), "127.0.0.1"), addresses.end());
}

}  // namespace
}  // namespace agent::traces
