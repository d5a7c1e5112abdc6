#include "agent/admin/page.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/fake_status_source.h"

namespace agent::admin {
namespace {

using namespace std::literals;
using ::testing::HasSubstr;
using ::testing::Not;
constexpr Timestamp kNow{1'700'000'000s};

TEST(Page, ShowsAllOfABusyNode) {
  const auto page =
      render_page(agent::testing::busy_node(kNow), View::Overview, {"node-1", kNow, kNow - 90s});
  for (const char* text :
       {"dunlin on node-1", "up 1m30s", "not ready", "clients[0] has not answered for 4 min",
        "connection refused", "http://10.0.0.8:8080/metrics", "1\u202f429",
        "503 Service Unavailable: ingester is starting", "/var/log/private.log",
        "open: Permission denied", "otlp grpc 127.0.0.1:4317", "sampled_out", "✓ 0",
        "every record accounted for", "2 up, 1 not."})
    EXPECT_THAT(page, HasSubstr(text));
  EXPECT_THAT(page, Not(HasSubstr("{{"))) << "every place is filled";
}

TEST(Page, LogTextIsNeverMarkup) {
  auto status = std::make_shared<model::PipelineStatus>();
  const std::string evil = "<script>alert(1)</script>\"'{{main}}";
  status->signal = evil;
  status->not_ready = {evil};
  status->targets.push_back(
      {evil, evil, {{"a", evil}}, {}, model::Health::Down, evil, {}, {}, {}, {}, 0});
  status->files.push_back({evil, {{"a", evil}}, 0, 0, 0, evil});
  status->receivers.push_back({evil, 0, 0, 0});
  status->destinations.push_back({evil, evil, 0, 0, 0, 0, 0, evil, {}});
  status->ledger.push_back({evil, evil, {{evil, 1}}, 0, 0, 0, {{evil, 1}}, 0});
  Snapshot snapshot;
  snapshot.pipelines = {status};
  snapshot.silent = {evil};
  status->log_targets.push_back({evil, evil, {{"a", evil}}, {{"b", evil}}, true, ""});
  status->log_targets.push_back({evil, evil, {}, {{"b", evil}}, false, evil});
  snapshot.config = evil;
  for (const auto view :
       {View::Overview, View::Targets, View::LogTargets, View::Discovery, View::Config}) {
    const auto page = render_page(snapshot, view, {evil, kNow, kNow, evil});
    EXPECT_THAT(page, Not(HasSubstr("<script>")));
    EXPECT_THAT(page, HasSubstr("&lt;script&gt;"));
  }
}

TEST(Page, AnIdleAgentSaysSo) {
  const auto page = render_page({}, View::Overview, {"h", kNow, kNow});
  for (const char* text : {"Nothing is scraped.", "No file is tailed.", "No output is configured.",
                           "Nothing listens for pushes.", ">ready<"})
    EXPECT_THAT(page, HasSubstr(text));
}

TEST(Page, AnImbalanceAndAHangingThreadStandOut) {
  auto status = std::make_shared<model::PipelineStatus>();
  status->signal = "logs";
  status->ledger.push_back({"logs", "a", {{"file", 3}}, 0, 0, 1, {}, 0});
  Snapshot snapshot;
  snapshot.pipelines = {status};
  snapshot.silent = {"traces"};
  const auto page = render_page(snapshot, View::Overview, {"h", kNow, kNow});
  EXPECT_THAT(page, HasSubstr("✗ balance 2"));
  EXPECT_THAT(page, HasSubstr("✗ its thread does not answer"));
}

TEST(Page, LongTablesAreCutWithANote) {
  for (const std::size_t count : {500U, 501U}) {
    SCOPED_TRACE(count);
    auto status = std::make_shared<model::PipelineStatus>();
    status->targets.resize(count);
    status->targets.back().url = "http://the-broken-one";
    for (auto& target : status->targets)
      target.health = model::Health::Up;
    status->targets.back().health = model::Health::Down;
    Snapshot snapshot;
    snapshot.pipelines = {status};
    const auto page = render_page(snapshot, View::Targets, {"h", kNow, kNow});
    EXPECT_EQ(page.find("The first 500 of 501") != std::string::npos, count == 501);
    EXPECT_THAT(page, HasSubstr("http://the-broken-one")) << "what is broken comes first";
    EXPECT_THAT(page, Not(HasSubstr("No file is tailed."))) << "targets alone";
  }
}

}  // namespace
}  // namespace agent::admin
