#include <filesystem>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "agent/base/files.h"
#include "agent/cli/demo_files.h"
#include "agent/cli/demo_report.h"
#include "agent/config/node.h"

namespace agent::cli {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

std::vector<model::LedgerEntry> good_ledger() {
  std::vector<model::LedgerEntry> out;
  for (const char* signal : {"metrics", "logs", "traces"}) {
    model::LedgerEntry entry;
    entry.signal = signal;
    entry.destination = "d";
    entry.in = {{"x", 10}};
    entry.delivered = 8;
    entry.dropped = {{"stage_drop", 2}};
    out.push_back(entry);
  }
  return out;
}

TEST(DemoComplaints, NothingWhenAllArrivedAndTheLedgerBalances) {
  EXPECT_THAT(demo_complaints(good_ledger(), {8, 8, 8}), IsEmpty());
}

TEST(DemoComplaints, NamesWhatIsWrong) {
  EXPECT_THAT(demo_complaints(good_ledger(), {8, 7, 8}),
              ElementsAre("logs: 8 delivered, but 7 received"));
  EXPECT_THAT(demo_complaints({}, {0, 0, 0}),
              ElementsAre("no metrics arrived", "no logs arrived", "no traces arrived"));
  auto held = good_ledger();
  held[0].held = 2;
  held[0].dropped.clear();
  EXPECT_THAT(demo_complaints(held, {8, 8, 8}), ElementsAre("metrics: 2 held"));
  auto lost = good_ledger();
  lost[2].dropped.clear();
  EXPECT_THAT(demo_complaints(lost, {8, 8, 8}), ElementsAre("traces: the balance is 2"));
}

TEST(LedgerTable, ShowsEveryNumberAndReason) {
  auto ledger = good_ledger();
  ledger[0].dropped["queue_full"] = 1;
  const std::string table = ledger_table(ledger);
  EXPECT_THAT(table, HasSubstr("dropped: queue_full 1, stage_drop 2\n"));
  EXPECT_THAT(table, HasSubstr("-1   dropped"));
  EXPECT_THAT(table, HasSubstr("balance\n"));
}

TEST(DemoFiles, HoldTheFourDocumentsVerbatimAndAConfigurationThatParses) {
  const auto folder = TemporaryFolder::make("demo-test-");
  ASSERT_TRUE(folder) << folder.error().message;
  ASSERT_TRUE(write_demo_files({folder->path(), 1234, 5678, {{"checkout", 81}, {"auth", 82}}}));
  for (const char* name :
       {"servicemonitor", "pipeline_stages", "tracing_config", "alerting_rules"}) {
    const std::string file = std::string(name) + ".yaml";
    EXPECT_EQ(*read_file(folder->path() + "/conf/" + file),
              *read_file(std::string(CASE_STUDY_FOLDER) + "/" + file));
  }
  config::Report report;
  const std::string text = *read_file(folder->path() + "/conf/dunlin.yaml");
  const auto documents = config::parse_documents(text, "dunlin.yaml", report);
  EXPECT_TRUE(report.status()) << report.status().error().message;
  ASSERT_EQ(documents.size(), 2U);
  const auto jobs = documents[0].get("logs").get("scrape_configs").items();
  ASSERT_EQ(jobs.size(), 2U);
  EXPECT_EQ(jobs[1].get("static_configs").items().size(), 1U);
  const auto services = documents[1].get("services").items();
  ASSERT_EQ(services.size(), 2U);
  EXPECT_EQ(services[1].get("ports").get("http").text(), "82");
}

TEST(TemporaryFolder, TakesEverythingWithIt) {
  std::string path;
  {
    auto folder = TemporaryFolder::make("demo-test-");
    ASSERT_TRUE(folder);
    path = folder->path();
    const TemporaryFolder moved = *std::move(folder);
    ASSERT_TRUE(write_file_atomically(path + "/x", "y"));
    EXPECT_TRUE(std::filesystem::exists(path));
  }
  EXPECT_FALSE(std::filesystem::exists(path));
}

}  // namespace
}  // namespace agent::cli
