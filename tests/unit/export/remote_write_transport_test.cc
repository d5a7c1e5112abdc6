#include "agent/export/remote_write_transport.h"

#include <optional>

#include <gtest/gtest.h>

#include "agent/base/version.h"
#include "agent/codec/compression.h"
#include "agent/codec/remote_write.h"

#include "tests/support/run_until.h"
#include "tests/support/test_http_server.h"
#include "tests/unit/export/write_request.h"

namespace agent::exporter {
namespace {

class RemoteWriteTransportTest : public ::testing::Test {
 protected:
  RemoteWriteTransportTest() {
    server_.serve("POST", "/write", [this](net::Request request) {
      request_ = std::move(request);
      net::Response response;
      response.status = status_;
      return response;
    });
  }

  Outcome send(const RemoteWriteConfig& config, Transport::Request request) {
    RemoteWriteTransport transport(loop_, config, clock_);
    std::optional<Outcome> outcome;
    const auto attempt =
        transport.send(std::move(request), [&](Outcome result) { outcome = std::move(result); });
    EXPECT_TRUE(testing::run_until(loop_, [&] { return outcome.has_value(); }));
    return *outcome;
  }
  RemoteWriteConfig config() const {
    RemoteWriteConfig out;
    out.url = server_.url("/write?tenant=a%20b");
    out.headers = {{"X-Scope-OrgID", "shop"}};
    return out;
  }
  std::string header(std::string_view name) const {
    return std::string(request_.headers.get(name).value_or("(none)"));
  }

  SystemClock clock_;
  loop::EventLoop loop_;
  testing::TestHttpServer server_{loop_};
  net::Request request_;
  int status_ = 204;
};

TEST_F(RemoteWriteTransportTest, PostsABlockWithTheHeadersOfTheProtocol) {
  const auto payload = std::make_shared<const std::string>(codec::snappy_compress("request"));
  EXPECT_EQ(send(config(), {payload, "", 0}).kind, Outcome::Kind::Delivered);
  EXPECT_EQ(request_.body, *payload);
  EXPECT_EQ(request_.query, "tenant=a%20b");
  EXPECT_EQ(header("content-type"), "application/x-protobuf");
  EXPECT_EQ(header("content-encoding"), "snappy");
  EXPECT_EQ(header("user-agent"), std::string("dunlin/") + kVersion);
  EXPECT_EQ(header("x-prometheus-remote-write-version"), "0.1.0");
  EXPECT_EQ(header("x-scope-orgid"), "shop");
  EXPECT_EQ(header("retry-attempt"), "(none)");
}

TEST_F(RemoteWriteTransportTest, SaysWhichTryItIs) {
  send(config(), {std::make_shared<const std::string>("x"), "", 3});
  EXPECT_EQ(header("retry-attempt"), "3");
}

TEST_F(RemoteWriteTransportTest, JudgesAnswersByTheTableOfRemoteWrite) {
  const struct {
    int status;
    bool retry_on_429;
    Outcome::Kind kind;
  } cases[] = {
      {200, true, Outcome::Kind::Delivered}, {400, true, Outcome::Kind::Drop},
      {413, true, Outcome::Kind::Split},     {429, true, Outcome::Kind::Retry},
      {429, false, Outcome::Kind::Drop},     {503, true, Outcome::Kind::Retry},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.status);
    status_ = c.status;
    RemoteWriteConfig with = config();
    with.retry_on_429 = c.retry_on_429;
    EXPECT_EQ(send(with, {std::make_shared<const std::string>("x"), "", 0}).kind, c.kind);
  }
}

TEST_F(RemoteWriteTransportTest, RetriesWhereNobodyListens) {
  RemoteWriteConfig dead = config();
  dead.url = server_.url("/write");
  server_.server.reset();
  EXPECT_EQ(send(dead, {std::make_shared<const std::string>("x"), "", 0}).kind,
            Outcome::Kind::Retry);
}

queue::Block block_of(std::uint32_t samples) {
  std::string request;
  for (std::uint32_t i = 0; i < samples; ++i)
    codec::append_time_series(request, codec::encode_series_labels({{"i", std::to_string(i)}}), i,
                              i);
  queue::Block out;
  out.payload = std::make_shared<const std::string>(codec::snappy_compress(request));
  out.records = samples;
  out.tenant = "t";
  return out;
}

TEST(HalveRemoteWriteBlock, KeepsOrderAndReceipts) {
  queue::Block block = block_of(5);
  block.receipts = {{1, 1}, {2, 3}, {3, 1}};
  const auto halves = halve_remote_write_block(block);
  ASSERT_EQ(halves.size(), 2U);
  double next = 0;
  for (const auto& half : halves) {
    const auto samples = read_request(*codec::snappy_uncompress(*half.payload, 1U << 20U));
    EXPECT_EQ(samples.size(), half.records);
    EXPECT_EQ(half.tenant, "t");
    for (const auto& sample : samples)
      EXPECT_EQ(sample.value, next++);
    std::uint32_t receipts = 0;
    for (const auto& share : half.receipts)
      receipts += share.records;
    EXPECT_EQ(receipts, half.records);
  }
  EXPECT_EQ(next, 5);
  EXPECT_EQ(halves[0].receipts.back().id, 2U);
  EXPECT_EQ(halves[1].receipts.front().id, 2U);
}

TEST(HalveRemoteWriteBlock, LeavesWhatCannotBeCut) {
  EXPECT_TRUE(halve_remote_write_block(block_of(1)).empty());
  queue::Block broken = block_of(4);
  broken.payload = std::make_shared<const std::string>("junk");
  EXPECT_TRUE(halve_remote_write_block(broken).empty());
}

}  // namespace
}  // namespace agent::exporter
