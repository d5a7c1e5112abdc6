#include "agent/selfmon/ledger.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace agent::selfmon {
namespace {

using ::testing::HasSubstr;

TEST(Ledger, CountsARecordOnceForEachDestination) {
  const Scope scope;
  Ledger ledger("logs", scope);
  ledger.in("file").add(10);
  ledger.in("otlp").add(2);
  ledger.merged().add(3);
  ledger.created().add(1);
  ledger.dropped().add("stage_drop", 2);
  ledger.destination("loki").delivered().add(5);
  ledger.destination("loki").dropped().add("rejected", 1);
  ledger.destination("loki").dropped().add("stage_drop", 1);
  ledger.destination("archive").delivered().add(6);
  const auto entries = ledger.snapshot(1, {{"loki", 0}, {"archive", 1}, {"never", 7}});
  ASSERT_EQ(entries.size(), 3U);
  EXPECT_EQ(entries[0].signal, "logs");
  EXPECT_EQ(entries[0].destination, "loki");
  EXPECT_EQ(entries[0].total_in(), 12U);
  EXPECT_EQ(entries[0].dropped.at("stage_drop"), 3U);  // before the fan-out and behind it
  EXPECT_EQ(entries[0].dropped.at("rejected"), 1U);
  EXPECT_EQ(entries[0].held, 1U);
  EXPECT_EQ(entries[0].balance(), 12 + 1 - 3 - 4 - 5 - 1);
  EXPECT_EQ(entries[1].balance(), 12 + 1 - 3 - 2 - 6 - 2);
  EXPECT_EQ(entries[2].balance(), 12 + 1 - 3 - 2 - 8);
}

TEST(Ledger, ALostRecordShows) {
  Ledger ledger("traces", Scope());
  ledger.in("otlp").add(2);
  ledger.destination("d").delivered().add(1);
  EXPECT_EQ(ledger.snapshot(0, {{"d", 1}}).front().balance(), 0);
  EXPECT_EQ(ledger.snapshot(0, {{"d", 0}}).front().balance(), 1);
}

TEST(Ledger, ADestinationAnswersForWhatPassesWhileItIsConfigured) {
  Ledger ledger("logs", Scope());
  const auto entry = [&](std::uint64_t before, std::uint64_t held) {
    return ledger.snapshot(before, {{"late", held}}).front();
  };
  ledger.in("file").add(10);
  ledger.dropped().add("stage_drop", 2);
  ledger.merged().add(1);
  ledger.join("late", 3);  // 4 have passed, 3 are still to come
  EXPECT_EQ(entry(3, 0).missed, 4U);
  EXPECT_EQ(entry(3, 0).balance(), 0);
  ledger.in("file").add(5);
  EXPECT_EQ(entry(0, 8).balance(), 0);
  ledger.join("late", 0);  // still there: nothing changes
  EXPECT_EQ(entry(0, 8).missed, 4U);

  ledger.leave("late", 0);
  ledger.in("file").add(100);
  ledger.destination("late").delivered().add(6);
  EXPECT_EQ(entry(1, 2).missed, 4U + 99U);  // one has not come to the fan-out yet
  EXPECT_EQ(entry(1, 2).balance(), 0);
  EXPECT_EQ(entry(1, 1).balance(), 1);
  ledger.join("late", 1);
  EXPECT_EQ(entry(0, 3).balance(), 0);
}

TEST(Ledger, ReasonsThatNeverHappenedAreNotListed) {
  Ledger ledger("logs", Scope());
  ledger.dropped().reason("queue_full");
  EXPECT_TRUE(ledger.snapshot(0, {{"d", 0}}).front().dropped.empty());
}

TEST(Ledger, IsExportedAsOneFamily) {
  const Scope scope;
  Ledger ledger("metrics", scope);
  ledger.in("scrape").add(7);
  ledger.destination("rw").delivered().add(4);
  ledger.destination("rw").dropped().add("queue_full", 3);
  ledger.dropped().add("relabel", 1);
  const std::string text = scope.exposition();
  EXPECT_THAT(text, HasSubstr("# TYPE dunlin_records_total counter\n"));
  EXPECT_THAT(text, HasSubstr("{signal=\"metrics\",source=\"scrape\",stage=\"in\"} 7\n"));
  EXPECT_THAT(text, HasSubstr("{destination=\"rw\",signal=\"metrics\",stage=\"delivered\"} 4\n"));
  EXPECT_THAT(
      text,
      HasSubstr(
          "{destination=\"rw\",reason=\"queue_full\",signal=\"metrics\",stage=\"dropped\"} 3\n"));
  EXPECT_THAT(text, HasSubstr("{reason=\"relabel\",signal=\"metrics\",stage=\"dropped\"} 1\n"));
}

}  // namespace
}  // namespace agent::selfmon
