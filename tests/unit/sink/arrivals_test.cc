#include "agent/sink/arrivals.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "agent/sink/page.h"

namespace agent::sink {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

Arrival logs(std::vector<std::string> records) {
  Arrival arrival(Signal::Logs);
  arrival.records = std::move(records);
  return arrival;
}

TEST(Arrivals, KeepsTheNewestRecordsAndCountsAll) {
  Arrivals arrivals(3);
  arrivals.add(logs({"1", "2"}));
  arrivals.add(logs({"3"}));
  EXPECT_EQ(arrivals.records(Signal::Logs, 10), "1\n2\n3\n");
  arrivals.add(logs({"4"}));
  EXPECT_EQ(arrivals.records(Signal::Logs, 10), "2\n3\n4\n");
  EXPECT_EQ(arrivals.records(Signal::Logs, 1), "4\n");
  EXPECT_EQ(arrivals.records(Signal::Logs, 0), "");
  EXPECT_EQ(arrivals.records(Signal::Traces, 9), "");
  EXPECT_EQ(arrivals.totals(Signal::Logs).records, 4U);
  EXPECT_EQ(arrivals.totals(Signal::Logs).requests, 3U);
}

TEST(Arrivals, TheTextItKeepsIsBounded) {
  Arrivals arrivals(1000);
  const std::string large(30ULL << 20U, 'x');
  arrivals.add(logs({"first", large}));
  EXPECT_THAT(arrivals.records(Signal::Logs, 10).substr(0, 6), "first\n");
  arrivals.add(logs({large, "last"}));
  EXPECT_EQ(arrivals.records(Signal::Logs, 10).size(), 2 * (large.size() + 1) + 6 + 5);
  arrivals.add(logs({large}));
  const std::string kept = arrivals.records(Signal::Logs, 10);
  EXPECT_EQ(kept.size(), 2 * (large.size() + 1) + 5);
  EXPECT_EQ(arrivals.totals(Signal::Logs).records, 5U);
}

TEST(Arrivals, CountsDistinctSeriesOrderAndDuplicates) {
  Arrivals arrivals(10);
  Arrival arrival(Signal::Metrics);
  arrival.samples = {{1, 100}, {1, 200}, {1, 200}, {1, 150}, {2, 50}, {1, 300}};
  arrivals.add(std::move(arrival));
  EXPECT_EQ(arrivals.distinct(Signal::Metrics), 2U);
  EXPECT_THAT(arrivals.stats(), HasSubstr(R"("out_of_order":1,"duplicates":1)"));
}

TEST(Arrivals, RefusedRequestsAddNothingButTheirReason) {
  Arrivals arrivals(10);
  arrivals.refuse(Signal::Traces, "a \"bad\" span");
  EXPECT_EQ(arrivals.totals(Signal::Traces).refused, 1U);
  EXPECT_EQ(arrivals.totals(Signal::Traces).records, 0U);
  EXPECT_THAT(arrivals.stats(),
              HasSubstr(R"("traces":{"requests":1,"refused":1,"last_refusal":"a \"bad\" span",)"));
  EXPECT_THAT(arrivals.summary(), HasSubstr("refused requests: 1"));
}

TEST(Page, EscapesWhatArrived) {
  Arrivals arrivals(10);
  arrivals.add(logs({"<script>alert(\"1\") & more</script>"}));
  const std::string page = render_page(arrivals);
  EXPECT_THAT(page, Not(HasSubstr("<script>")));
  EXPECT_THAT(page, HasSubstr("&lt;script&gt;alert(&quot;1&quot;) &amp; more&lt;/script&gt;"));
  EXPECT_THAT(page, HasSubstr("nothing yet"));
}

}  // namespace
}  // namespace agent::sink
