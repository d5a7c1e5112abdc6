#include "agent/admin/documents.h"

#include <gtest/gtest.h>

#include "tests/support/fake_status_source.h"

namespace agent::admin {
namespace {

using namespace std::literals;
constexpr Timestamp kNow{1'700'000'000s};

Snapshot snapshot_of(model::PipelineStatus status) {
  Snapshot snapshot;
  snapshot.pipelines.push_back(std::make_shared<const model::PipelineStatus>(std::move(status)));
  return snapshot;
}

TEST(Documents, WritesRfc3339) {
  EXPECT_EQ(format_rfc3339({}), "0001-01-01T00:00:00Z");
  EXPECT_EQ(format_rfc3339(kNow), "2023-11-14T22:13:20Z");
  EXPECT_EQ(format_rfc3339(kNow + 250ms), "2023-11-14T22:13:20.25Z");
  EXPECT_EQ(format_rfc3339(kNow + 1ns), "2023-11-14T22:13:20.000000001Z");
}

TEST(Documents, NamesEveryReasonForNotBeingReady) {
  EXPECT_EQ(readiness_json({}), R"({"ready":true,"reasons":[]})");
  model::PipelineStatus status;
  status.signal = "logs";
  status.not_ready = {"positions are \"read\""};
  Snapshot snapshot = snapshot_of(status);
  snapshot.silent = {"traces"};
  snapshot.not_ready = {"stopping"};
  EXPECT_EQ(readiness_json(snapshot),
            R"({"ready":false,"reasons":["stopping","traces: its thread does not answer",)"
            R"("logs: positions are \"read\""]})");
}

TEST(Documents, LedgerHasItsEntriesAndSums) {
  model::PipelineStatus status;
  status.ledger.push_back({"logs", "a", {{"file", 7}}, 1, 2, 3, {{"too_old", 1}}, 2});
  status.ledger.push_back({"logs", "b", {{"file", 7}}, 0, 0, 7, {}, 0});
  EXPECT_EQ(
      ledger_json(snapshot_of(status)),
      R"({"entries":[{"signal":"logs","destination":"a","in":{"file":7},"in_total":7,)"
      R"("created":1,"merged":2,"missed":0,"delivered":3,"dropped":{"too_old":1},"dropped_total":1,)"
      R"("held":2,"balance":0},)"
      R"({"signal":"logs","destination":"b","in":{"file":7},"in_total":7,"created":0,)"
      R"("merged":0,"missed":0,"delivered":7,"dropped":{},"dropped_total":0,"held":0,"balance":0}],)"
      R"("sums":{"in":14,"created":1,"merged":2,"missed":0,"delivered":10,"dropped":1,"held":2,)"
      R"("balance":0},"balanced":true,"silent":[]})");
}

TEST(Documents, OppositeErrorsDoNotBalanceTheLedger) {
  model::PipelineStatus status;
  status.ledger.push_back({"logs", "lost", {{"file", 1}}, 0, 0, 0, {}, 0});
  status.ledger.push_back({"logs", "invented", {}, 0, 0, 1, {}, 0});
  const auto json = ledger_json(snapshot_of(status));
  EXPECT_NE(json.find(R"("balance":1})"), std::string::npos);
  EXPECT_NE(json.find(R"("balance":-1})"), std::string::npos);
  EXPECT_NE(json.find(R"("balance":0},"balanced":false)"), std::string::npos) << json;
}

TEST(Documents, TargetsFollowThePrometheusShape) {
  const auto snapshot = agent::testing::busy_node(kNow);
  EXPECT_EQ(targets_json(snapshot, "state=active&scrapePool=node"),
            R"({"status":"success","data":{"activeTargets":[{"discoveredLabels":)"
            R"({"__address__":"10.0.0.7:8080","instance":"127.0.0.1:9100"},)"
            R"("labels":{"instance":"127.0.0.1:9100"},"scrapePool":"node",)"
            R"("scrapeUrl":"http://127.0.0.1:9100/metrics",)"
            R"("globalUrl":"http://127.0.0.1:9100/metrics","lastError":"",)"
            R"("lastScrape":"2023-11-14T22:13:16Z","lastScrapeDuration":0.012,"health":"up",)"
            R"("scrapeInterval":"15s","scrapeTimeout":"10s"}],"droppedTargets":[],)"
            R"("droppedTargetCounts":{}}})");
  const struct {
    const char *name, *query;
    std::size_t targets;
  } cases[] = {
      {"all", "", 3},
      {"any state", "state=any", 3},
      {"dropped ones only", "state=dropped", 0},
      {"one pool, percent-encoded", "scrapePool=serviceMonitor%2Fshop%2Fcatalog%2F0", 1},
      {"no such pool", "scrapePool=x", 0},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    const auto json = targets_json(snapshot, c.query);
    std::size_t count = 0;
    for (auto at = json.find("scrapeUrl"); at != std::string::npos;
         at = json.find("scrapeUrl", at + 1))
      ++count;
    EXPECT_EQ(count, c.targets);
  }
}

}  // namespace
}  // namespace agent::admin
