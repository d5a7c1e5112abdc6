#include "agent/sink/shop.h"

#include <filesystem>
#include <set>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "agent/base/files.h"
#include "agent/base/strings.h"
#include "agent/net/http_client.h"
#include "agent/net/http_server.h"
#include "agent/sink/receiver.h"
#include "agent/sink/shop_log.h"
#include "agent/sink/shop_trace.h"

#include "tests/support/run_until.h"

namespace agent::sink {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;
using ::testing::MatchesRegex;

class Folder {
 public:
  Folder() {
    std::string name = ::testing::TempDir() + "shop_XXXXXX";
    path_ = ::mkdtemp(name.data());
  }
  ~Folder() { std::filesystem::remove_all(path_); }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  std::string at(const std::string& name) const { return path_ + "/" + name; }

 private:
  std::string path_;
};

TEST(ShopLog, WritesBothForms) {
  const Folder folder;
  const Timestamp time{1'700'000'000s + 7ns};
  for (const auto& [name, form, line] :
       {std::tuple{"plain.log", ShopLogForm::Plain, "{}\n"},
        std::tuple{"cri.log", ShopLogForm::Cri, "2023-11-14T22:13:20.000000007Z stdout F {}\n"}}) {
    SCOPED_TRACE(name);
    auto log = ShopLog::open(folder.at(name), form);
    ASSERT_TRUE(log) << log.error().message;
    log->write(time, "{}");
    EXPECT_EQ(*read_file(folder.at(name)), line);
    EXPECT_EQ(log->lines(), 1U);
  }
  EXPECT_FALSE(ShopLog::open(folder.at("plain.log/below/x.log"), ShopLogForm::Plain));
}

TEST(ShopLog, RotatesByRenameAndLosesNothing) {
  const Folder folder;
  auto log = ShopLog::open(folder.at("a/a.log"), ShopLogForm::Plain, 12);
  ASSERT_TRUE(log);
  for (const char* line : {"one", "two", "six", "ten"})  // four bytes each with the newline
    log->write({}, line);
  EXPECT_EQ(*read_file(folder.at("a/a.log.1")), "one\ntwo\nsix\n");
  EXPECT_EQ(*read_file(folder.at("a/a.log")), "ten\n");
}

TEST(ShopTrace, ConnectsParentsAndGroupsByService) {
  Random random(1);
  dunlin::sink::otlp::ExportTraceServiceRequest request;
  ShopTrace trace(request, random);
  const std::string root =
      trace.add({"checkout", "POST", ShopTrace::Kind::Server, {}, 5ms, true}, {});
  trace.add({"catalog", "GET", ShopTrace::Kind::Server, {}, 1ms, false}, root);
  trace.add({"checkout", "GET", ShopTrace::Kind::Client, {}, 1ms, false}, root);
  ASSERT_EQ(request.resource_spans_size(), 2);
  const auto& spans = request.resource_spans(0).scope_spans(0).spans();
  ASSERT_EQ(spans.size(), 2);
  EXPECT_TRUE(spans[0].parent_span_id().empty());
  EXPECT_EQ(spans[0].status().code(), 2);
  EXPECT_EQ(spans[1].parent_span_id(), spans[0].span_id());
  EXPECT_EQ(spans[1].trace_id(), spans[0].trace_id());
  EXPECT_EQ(spans[0].end_time_unix_nano() - spans[0].start_time_unix_nano(), 5'000'000U);
  EXPECT_THAT(trace.trace_id(), MatchesRegex("[0-9a-f]{32}"));
  EXPECT_EQ(trace.spans(), 3);
}

TEST(Shop, MakesMetricsLogsAndTraces) {
  const Folder folder;
  loop::EventLoop loop;
  const SystemClock clock;
  Random random(7);
  Logger log(LogLevel::Error);
  auto server = net::HttpServer::listen(loop, {"127.0.0.1", 0}, {}, log, selfmon::Scope());
  ASSERT_TRUE(server);
  const Receiver receiver(loop, **server, {});
  const std::string base = "http://127.0.0.1:" + std::to_string((*server)->local().port);
  auto shop =
      Shop::open(loop, clock, random, log, {folder.at("logs"), base + "/v1/traces", 2, 5ms});
  ASSERT_TRUE(shop) << shop.error().message;
  (*shop)->start();
  ASSERT_TRUE(testing::run_until(loop, [&] { return (*shop)->made().spans > 100; }));
  (*shop)->stop();
  // What was under way arrives; then both sides have counted the same.
  ASSERT_TRUE(testing::run_until(loop, [&] {
    return receiver.arrivals().totals(Signal::Traces).records == (*shop)->made().spans;
  }));
  EXPECT_EQ(receiver.arrivals().totals(Signal::Traces).refused, 0U);
  EXPECT_EQ((*shop)->made().lost_spans, 0U);

  std::set<std::string> names;
  std::uint64_t lines = 0;
  for (const auto& service : (*shop)->services()) {
    names.insert(service.name);
    const std::string text =
        *read_file(folder.at("logs/" + service.name + "/" + service.name + ".log"));
    lines += static_cast<std::uint64_t>(std::count(text.begin(), text.end(), '\n'));
    EXPECT_THAT(text, HasSubstr("\"status\":"));
  }
  EXPECT_EQ(names, (std::set<std::string>{"auth", "catalog", "checkout", "orders"}));
  EXPECT_EQ(lines, (*shop)->made().log_lines);

  net::HttpClient client(loop, {});
  std::string page;
  net::ClientRequest request;
  request.url = "http://127.0.0.1:" + std::to_string((*shop)->services()[1].port) + "/metrics";
  const auto call = client.start(std::move(request), [&](Result<net::ClientResponse> reply) {
    page = reply ? reply->body : reply.error().message;
  });
  ASSERT_TRUE(testing::run_until(loop, [&] { return !page.empty(); }));
  EXPECT_THAT(page, HasSubstr("\npayment_attempts_total "));
  EXPECT_THAT(page, HasSubstr("\npayment_errors_total "));
  EXPECT_THAT(page, HasSubstr("http_requests_total{code=\"200\"} "));
}

TEST(Shop, SendsSpansAgainToABusyReceiver) {
  const Folder folder;
  loop::EventLoop loop;
  const SystemClock clock;
  Random random(7);
  Logger log(LogLevel::Error);
  auto server = net::HttpServer::listen(loop, {"127.0.0.1", 0}, {}, log, selfmon::Scope());
  ASSERT_TRUE(server);
  Receiver::Config config;
  config.faults = {0ms, 503, 2};
  const Receiver receiver(loop, **server, config);
  const std::string base = "http://127.0.0.1:" + std::to_string((*server)->local().port);
  auto shop =
      Shop::open(loop, clock, random, log, {folder.at("logs"), base + "/v1/traces", 1, 1ms});
  ASSERT_TRUE(shop) << shop.error().message;
  (*shop)->start();
  ASSERT_TRUE(testing::run_until(loop, [&] {
    return receiver.arrivals().totals(Signal::Traces).refused >= 1 && (*shop)->made().spans > 0;
  }));
  EXPECT_EQ((*shop)->made().lost_spans, 0U);
}

}  // namespace
}  // namespace agent::sink
