#include "agent/selfmon/alias.h"

#include <set>

#include <gtest/gtest.h>

#include "agent/selfmon/metrics.h"

namespace agent::selfmon {
namespace {

TEST(Alias, SeriesThatDifferInOtherLabelsAreOne) {
  const Scope scope;
  scope.counter("sent_total", {{"client", "a"}, {"host", "l"}}, "What was sent.").add(2);
  scope.counter("sent_total", {{"client", "b"}, {"host", "l"}}).add(3);
  scope.counter("sent_total", {{"client", "c"}, {"host", "m"}}).add(1'000'000);
  scope.gauge("size", {{"job", "a"}, {"path", "/x"}}).set(7);
  scope.gauge("size", {{"job", "b"}, {"path", "/x"}}).set(5);
  scope.counter("reloads", "result", "ok").add(4);
  scope.counter("reloads", "result", "bad");
  scope.histogram("took", {0.5, 1}, {{"client", "a"}}).observe(0.7);
  scope.histogram("took", {0.5, 1}, {{"client", "b"}}).observe(0.1);
  const Alias aliases[] = {
      {"their_sent", "dunlin_sent_total", "host"},
      {"their_size", "dunlin_size", "path", "", Merge::Most},
      {"their_reloads", "dunlin_reloads", "", "result=ok"},
      {"their_failures", "dunlin_reloads", "", "result=bad"},
      {"their_other_reloads", "dunlin_reloads", "", "result=other"},
      {"their_took", "dunlin_took", ""},
      {"their_unknown", "dunlin_unknown", ""},
  };
  EXPECT_EQ(scope.exposition_of(aliases),
            "# HELP their_sent What was sent.\n"
            "# TYPE their_sent counter\n"
            "their_sent{host=\"l\"} 5\n"
            "their_sent{host=\"m\"} 1000000\n"
            "# TYPE their_size gauge\n"
            "their_size{path=\"/x\"} 7\n"
            "# TYPE their_reloads counter\n"
            "their_reloads 4\n"
            "# TYPE their_failures counter\n"
            "their_failures 0\n"
            "# TYPE their_took histogram\n"
            "their_took_bucket{le=\"0.5\"} 1\n"
            "their_took_bucket{le=\"1\"} 2\n"
            "their_took_bucket{le=\"+Inf\"} 2\n"
            "their_took_sum 0.7999999999999999\n"
            "their_took_count 2\n");
}

TEST(Alias, TablesNameEachFamilyOnce) {
  for (const auto table : {promtail_aliases(), prometheus_aliases()}) {
    std::set<std::string_view> seen;
    for (const Alias& alias : table) {
      EXPECT_TRUE(seen.insert(alias.theirs).second) << alias.theirs;
      EXPECT_TRUE(alias.ours.starts_with("dunlin_")) << alias.ours;
    }
  }
}

}  // namespace
}  // namespace agent::selfmon
