#include "agent/scrape/manager.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/fake_clock.h"
#include "tests/support/fake_fetcher.h"
#include "tests/unit/scrape/sample_recorder.h"

namespace agent::scrape {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::UnorderedElementsAre;

class ManagerTest : public ::testing::Test {
 protected:
  static model::ScrapeJob job(const std::string& name, const std::vector<std::string>& addresses) {
    model::ScrapeJob out;
    out.name = name;
    out.scrape_interval = std::chrono::seconds(10);
    out.scrape_timeout = std::chrono::seconds(5);
    out.static_groups = {group(addresses)};
    return out;
  }
  static model::TargetGroup group(const std::vector<std::string>& addresses) {
    model::TargetGroup out;
    out.source = "test";
    for (const auto& address : addresses)
      out.targets.push_back(model::LabelSet{{"__address__", address}});
    return out;
  }
  static std::string url(const std::string& address) { return "http://" + address + "/metrics"; }

  // Lets the time of one interval pass; what is asked answers `page`.
  void pass_interval(const std::string& page = "a 1\n") {
    for (int i = 0; i < 100; ++i) {
      clock.advance(std::chrono::milliseconds(100));
      manager.run_due();
      for (const auto& address : {"x:1", "y:1", "z:1"})
        if (targets.is_running(url(address))) targets.answer(url(address), page);
    }
  }
  std::vector<std::string> urls() {
    std::vector<std::string> out;
    for (const auto& status : manager.status())
      out.push_back(status.url);
    return out;
  }
  // Texts of all samples pushed since the last call.
  std::vector<std::string> pushed() {
    std::vector<std::string> out;
    for (const auto& sample : std::exchange(sink.all, {}))
      if (!sample.series.starts_with("scrape_")) out.push_back(sample.series + " " + sample.value);
    return out;
  }

  loop::EventLoop loop;
  testing::FakeClock clock;
  testing::FakeTargets targets;
  testing::SampleRecorder sink;
  selfmon::Scope scope;
  selfmon::Ledger ledger{"metrics", scope};
  Logger log{LogLevel::Error};
  int fetchers = 0;
  Manager manager{{loop, clock, log, sink,
                   make_counters(scope, ledger.in("scrape"), ledger.dropped()),
                   [this](const model::HttpClientConfig&) {
                     ++fetchers;
                     return targets.make_fetcher();
                   },
                   "host-a"}};
};

TEST_F(ManagerTest, ScrapesEveryTargetOnceAnInterval) {
  ASSERT_TRUE(manager.apply({job("j", {"x:1", "y:1"})}, {}));
  EXPECT_THAT(urls(), UnorderedElementsAre(url("x:1"), url("y:1")));
  pass_interval();
  pass_interval();
  EXPECT_EQ(targets.started(), 4);
  EXPECT_THAT(pushed(), Contains(R"(a{instance="x:1", job="j"} 1)").Times(2));
}

TEST_F(ManagerTest, ATargetThatAnswersNeverDisturbsNobody) {
  ASSERT_TRUE(manager.apply({job("j", {"x:1", "slow:1"})}, {}));
  pass_interval();
  pass_interval();
  EXPECT_TRUE(targets.is_running(url("slow:1")));
  EXPECT_EQ(targets.started(), 3) << "the slow one is asked once";
}

TEST_F(ManagerTest, AVanishedTargetGetsItsMarkersLater) {
  ASSERT_TRUE(manager.apply({job("j", {"x:1", "y:1"})}, {}));
  pass_interval();
  (void)pushed();
  manager.set_targets("j", {group({"x:1"})});
  EXPECT_THAT(urls(), ElementsAre(url("x:1")));
  pass_interval();
  EXPECT_THAT(pushed(), Not(Contains(R"(a{instance="y:1", job="j"} stale)")));
  pass_interval();
  pass_interval();
  const auto after = pushed();
  EXPECT_THAT(after, Contains(R"(a{instance="y:1", job="j"} stale)").Times(1));
  EXPECT_THAT(after, Contains(R"(up{instance="y:1", job="j"} stale)").Times(1));
  EXPECT_THAT(after, Not(Contains(R"(a{instance="x:1", job="j"} stale)")));
}

TEST_F(ManagerTest, ATargetThatComesBackGetsNoMarkers) {
  ASSERT_TRUE(manager.apply({job("j", {"x:1"})}, {}));
  pass_interval();
  manager.set_targets("j", {});
  manager.set_targets("j", {group({"x:1"})});
  (void)pushed();
  pass_interval();
  pass_interval();
  pass_interval();
  EXPECT_THAT(pushed(), Not(Contains(R"(a{instance="x:1", job="j"} stale)")));
}

TEST_F(ManagerTest, ARemovedJobEndsItsSeries) {
  ASSERT_TRUE(manager.apply({job("j", {"x:1"}), job("k", {"y:1"})}, {}));
  pass_interval();
  (void)pushed();
  ASSERT_TRUE(manager.apply({job("k", {"y:1"})}, {}));
  for (int i = 0; i < 3; ++i)
    pass_interval();
  EXPECT_THAT(pushed(), Contains(R"(a{instance="x:1", job="j"} stale)").Times(1));
}

TEST_F(ManagerTest, AReloadKeepsWhatDidNotChange) {
  ASSERT_TRUE(manager.apply({job("j", {"x:1"})}, {}));
  pass_interval();
  (void)pushed();
  auto faster = job("j", {"x:1"});
  ASSERT_TRUE(manager.apply({faster}, {}));
  EXPECT_EQ(fetchers, 1);
  faster.scrape_interval = std::chrono::seconds(5);
  faster.http.follow_redirects = false;
  ASSERT_TRUE(manager.apply({faster}, {}));
  EXPECT_EQ(fetchers, 2) << "other HTTP settings ask for another client";
  const int before = targets.started();
  pass_interval();
  EXPECT_EQ(targets.started() - before, 2);
  EXPECT_EQ(sink.value_of("scrape_series_added"), "0") << "the cache was kept";
  EXPECT_THAT(pushed(), Not(Contains(R"(a{instance="x:1", job="j"} stale)")));
}

TEST_F(ManagerTest, NewLabelRulesEndTheOldSeriesOnly) {
  auto plain = job("j", {"x:1"});
  ASSERT_TRUE(manager.apply({plain}, {}));
  pass_interval("a 1\nb 1\n");
  (void)pushed();
  plain.metric_relabel_rules.emplace_back();
  plain.metric_relabel_rules.back().action = model::RelabelAction::Drop;
  plain.metric_relabel_rules.back().source_labels = {"__name__"};
  plain.metric_relabel_rules.back().regex = "b";
  ASSERT_TRUE(manager.apply({plain}, {}));
  for (int i = 0; i < 3; ++i)
    pass_interval("a 1\nb 1\n");
  const auto after = pushed();
  EXPECT_THAT(after, Contains(R"(b{instance="x:1", job="j"} stale)").Times(1));
  EXPECT_THAT(after, Not(Contains(R"(a{instance="x:1", job="j"} stale)")));
}

TEST_F(ManagerTest, TooManyTargetsFailWithoutARequest) {
  auto limited = job("j", {"x:1", "y:1"});
  limited.limits.targets = 1;
  ASSERT_TRUE(manager.apply({limited}, {}));
  pass_interval();
  EXPECT_EQ(targets.started(), 0);
  EXPECT_THAT(pushed(), UnorderedElementsAre(R"(up{instance="x:1", job="j"} 0)",
                                             R"(up{instance="y:1", job="j"} 0)"));
  manager.set_targets("j", {group({"x:1"})});
  pass_interval();
  EXPECT_EQ(targets.started(), 1);
}

TEST_F(ManagerTest, ABadJobChangesNothing) {
  ASSERT_TRUE(manager.apply({job("j", {"x:1"})}, {}));
  auto bad = job("k", {"y:1"});
  bad.relabel_rules.emplace_back();
  bad.relabel_rules.back().target_label = "a";
  bad.relabel_rules.back().regex = "(";
  EXPECT_FALSE(manager.apply({bad}, {}));
  EXPECT_THAT(urls(), ElementsAre(url("x:1")));
}

TEST_F(ManagerTest, DroppedTargetsAreKeptUpToTheirNumber) {
  auto kept = job("j", {"/", "//", "///"});
  kept.relabel_rules.emplace_back();
  kept.relabel_rules.back().action = model::RelabelAction::LabelDrop;
  kept.relabel_rules.back().regex = "nothing";
  kept.keep_dropped_targets = 2;
  ASSERT_TRUE(manager.apply({kept}, {}));
  EXPECT_THAT(urls(), IsEmpty());
  EXPECT_EQ(manager.dropped().at("j").size(), 2U);
}

}  // namespace
}  // namespace agent::scrape
