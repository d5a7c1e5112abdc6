#include <gtest/gtest.h>

#include "agent/codec/compression.h"
#include "agent/scrape/fetcher.h"

#include "tests/support/run_until.h"
#include "tests/support/test_http_server.h"

namespace agent::scrape {
namespace {

class Listener final : public FetchListener {
 public:
  void on_head(const FetchHead& head) override { heads.push_back(head); }
  bool on_body(std::string_view bytes) override {
    EXPECT_FALSE(heads.empty()) << "the head comes first";
    body += bytes;
    return body.size() <= stop_after;
  }
  void on_done(const Result<int>& done) override { status = done; }

  std::vector<FetchHead> heads;
  std::string body;
  std::size_t stop_after = 1 << 20U;
  std::optional<Result<int>> status;
};

class HttpFetcherTest : public ::testing::Test {
 protected:
  void serve(net::Response response) {
    server.serve("GET", "/metrics", [this, response](net::Request request) {
      user_agent = std::string(request.headers.get("user-agent").value_or(""));
      return response;
    });
  }
  void fetch() {
    FetchRequest request;
    request.url = server.url("/metrics");
    request.timeout = std::chrono::seconds(5);
    request.headers.add("User-Agent", "dunlin/test");
    fetch_handle = fetcher->start(std::move(request), listener);
    EXPECT_FALSE(listener.status.has_value()) << "never before start() has returned";
    ASSERT_TRUE(testing::run_until(loop, [&] { return listener.status.has_value(); }));
  }

  loop::EventLoop loop;
  testing::TestHttpServer server{loop};
  std::unique_ptr<Fetcher> fetcher = make_http_fetcher(loop, {});
  Listener listener;
  std::unique_ptr<Fetch> fetch_handle;
  std::string user_agent;
};

TEST_F(HttpFetcherTest, TellsTheHeadThenTheBody) {
  const std::string zipped = codec::gzip_compress("a 1\n");
  serve({200,
         {{"Content-Type", "text/plain; version=0.0.4"}, {"Content-Encoding", "gzip"}},
         zipped,
         {}});
  fetch();
  ASSERT_TRUE(*listener.status);
  EXPECT_EQ(**listener.status, 200);
  ASSERT_EQ(listener.heads.size(), 1U);
  EXPECT_EQ(listener.heads[0].content_type, "text/plain; version=0.0.4");
  EXPECT_EQ(listener.heads[0].content_encoding, "gzip");
  EXPECT_EQ(listener.body, zipped) << "as it came over the wire";
  EXPECT_EQ(user_agent, "dunlin/test");
}

TEST_F(HttpFetcherTest, TellsTheHeadOfAnEmptyBody) {
  serve({200, {{"Content-Type", "text/plain"}}, "", {}});
  fetch();
  EXPECT_EQ(listener.heads.size(), 1U);
  EXPECT_EQ(listener.body, "");
}

TEST_F(HttpFetcherTest, KeepsErrorPagesToItself) {
  serve({500, {{"Content-Type", "text/plain"}}, std::string(200'000, 'x'), {}});
  fetch();
  ASSERT_TRUE(*listener.status);
  EXPECT_EQ(**listener.status, 500);
  EXPECT_TRUE(listener.heads.empty());
  EXPECT_EQ(listener.body, "");
}

TEST_F(HttpFetcherTest, StopsWhenTheListenerHasEnough) {
  serve({200, {{"Content-Type", "text/plain"}}, std::string(300'000, 'x'), {}});
  listener.stop_after = 10;
  fetch();
  EXPECT_FALSE(*listener.status);
}

TEST_F(HttpFetcherTest, SaysNothingAfterItWasCancelled) {
  serve({200, {}, "a 1\n", {}});
  FetchRequest request;
  request.url = server.url("/metrics");
  request.timeout = std::chrono::seconds(5);
  auto handle = fetcher->start(std::move(request), listener);
  handle.reset();
  loop.run_for(std::chrono::milliseconds(50));
  EXPECT_FALSE(listener.status.has_value());
}

}  // namespace
}  // namespace agent::scrape
