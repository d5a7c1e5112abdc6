#include "agent/scrape/target.h"

#include <gtest/gtest.h>

#include "agent/scrape/job_settings.h"

namespace agent::scrape {
namespace {

using model::LabelSet;

model::ScrapeJob job_with(std::vector<model::RelabelRule> rules = {}) {
  model::ScrapeJob job;
  job.name = "j";
  job.relabel_rules = std::move(rules);
  return job;
}

TargetSet build(const model::ScrapeJob& job, const std::vector<model::TargetGroup>& groups) {
  const auto settings = make_job_settings(job);
  return build_targets(job, (*settings)->relabeling, groups);
}

model::TargetGroup group_of(LabelSet target, LabelSet labels = {}) {
  return {"test", {std::move(target)}, std::move(labels)};
}

TEST(Target, DropsWhatCannotBeScrapedAndSaysWhy) {
  const struct {
    const char* name;
    LabelSet labels;
    const char* reason;  // null: kept
  } cases[] = {
      {"plain", {{"__address__", "a:1"}}, nullptr},
      {"no address", {{"x", "y"}}, "no address"},
      {"slash", {{"__address__", "http://a:1"}}, "contains a slash"},
      {"interval without unit",
       {{"__address__", "a"}, {"__scrape_interval__", "5"}},
       "__scrape_interval__ is no duration"},
      {"interval of zero", {{"__address__", "a"}, {"__scrape_interval__", "0s"}}, "must not be 0"},
      {"timeout at the interval",
       {{"__address__", "a"}, {"__scrape_interval__", "10s"}, {"__scrape_timeout__", "10s"}},
       nullptr},
      {"timeout past the interval",
       {{"__address__", "a"}, {"__scrape_interval__", "10s"}, {"__scrape_timeout__", "10s1ms"}},
       "longer than the scrape interval"},
      {"switch that is no boolean",
       {{"__address__", "a"}, {"__scrape_native_histograms__", "maybe"}},
       "neither true nor false"},
      {"value that is not UTF-8", {{"__address__", "a"}, {"x", "\xff"}}, "not UTF-8"},
      {"socket without an address", {{"__unix_socket__", "/run/x.sock"}}, nullptr},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    const auto targets = build(job_with(), {group_of(c.labels)});
    ASSERT_EQ(targets.active.size(), c.reason == nullptr ? 1U : 0U);
    if (c.reason == nullptr) continue;
    EXPECT_NE(targets.dropped.at(0).reason.find(c.reason), std::string::npos)
        << targets.dropped.at(0).reason;
  }
}

TEST(Target, PutsOnlyPublicLabelsOnSamples) {
  const auto targets = build(
      job_with(), {group_of({{"__address__", "h:9"}, {"own", "1"}, {"both", "target"}},
                            {{"both", "group"}, {"group", "2"}, {"__meta_x", "3"}, {"__y", "4"}})});
  ASSERT_EQ(targets.active.size(), 1U);
  const Target& target = targets.active.front();
  EXPECT_EQ(to_string(target.labels),
            R"({both="target", group="2", instance="h:9", job="j", own="1"})");
  EXPECT_EQ(target.discovered.get("__meta_x"), "3");
  EXPECT_EQ(target.interval, std::chrono::minutes(1));
  EXPECT_EQ(target.timeout, std::chrono::seconds(10));
}

TEST(Target, RelabelingDecidesAndLabelsOfDiscoveryBeatTheJob) {
  model::RelabelRule drop;
  drop.action = model::RelabelAction::Drop;
  drop.source_labels = {"team"};
  drop.regex = "old";
  const auto targets = build(job_with({drop}), {group_of({{"__address__", "a"}, {"team", "old"}}),
                                                group_of({{"__address__", "b"},
                                                          {"job", "mine"},
                                                          {"__scheme__", "https"},
                                                          {"__metrics_path__", "x"}})});
  ASSERT_EQ(targets.active.size(), 1U);
  EXPECT_EQ(targets.active.front().url, "https://b/x");
  EXPECT_EQ(targets.active.front().labels.get("job"), "mine");
  ASSERT_EQ(targets.dropped.size(), 1U);
  EXPECT_EQ(targets.dropped.front().reason, "dropped by relabel_configs");
}

TEST(Target, EqualOnesAreOne) {
  const LabelSet a{{"__address__", "a:1"}};
  const LabelSet hidden{{"__address__", "a:1"}, {"__meta_x", "1"}};
  const LabelSet other_url{{"__address__", "a:1"}, {"__param_q", "1"}};
  const auto targets =
      build(job_with(), {group_of(a), group_of(a), group_of(hidden), group_of(other_url)});
  ASSERT_EQ(targets.active.size(), 2U);
  EXPECT_FALSE(targets.active[0].same_as(targets.active[1]));
}

TEST(Target, BuildsUrls) {
  const struct {
    const char* name;
    std::map<std::string, std::vector<std::string>> params;
    LabelSet labels;
    const char* url;
  } cases[] = {
      {"bare", {}, {{"__address__", "h"}}, "http://h/"},
      {"path gets its slash",
       {},
       {{"__address__", "h"}, {"__metrics_path__", "a/b"}},
       "http://h/a/b"},
      {"a question mark is part of the path",
       {},
       {{"__address__", "h"}, {"__metrics_path__", "/a?b c"}},
       "http://h/a%3Fb%20c"},
      {"keys are sorted, values keep their order",
       {{"z", {"1"}}, {"a b", {"x&y", "100%"}}},
       {{"__address__", "h"}},
       "http://h/?a+b=x%26y&a+b=100%25&z=1"},
      {"a label replaces the first value",
       {{"t", {"1", "2"}}},
       {{"__address__", "h"}, {"__param_t", "new"}, {"__param_u", "3"}},
       "http://h/?t=new&t=2&u=3"},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    model::ScrapeJob job = job_with();
    job.params = c.params;
    LabelSet labels = c.labels;
    labels.set("__scheme__", "http");
    EXPECT_EQ(build_url(job, labels), c.url);
  }
}

}  // namespace
}  // namespace agent::scrape
