#include "agent/scrape/scrape_loop.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/fake_clock.h"
#include "tests/support/fake_fetcher.h"
#include "tests/unit/scrape/sample_recorder.h"

namespace agent::scrape {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr const char* kUrl = "http://h:1/metrics";

// One loop on a fake clock with a fake target.
class ScrapeLoopTest : public ::testing::Test {
 protected:
  ScrapeLoop& make(const model::ScrapeJob& job = {}) {
    settings = *make_job_settings(job);
    loop.emplace(LoopNeeds{clock, ids, sink, counters, 0}, settings, *fetcher, target(),
                 [this](ScrapeLoop&) { ++idle; });
    return *loop;
  }
  static Target target() {
    Target out;
    out.url = kUrl;
    out.labels = {{"job", "j"}};
    out.interval = std::chrono::seconds(10);
    out.timeout = std::chrono::seconds(5);
    return out;
  }
  void scrape(const std::string& page) {
    start();
    targets.answer(kUrl, page);
  }
  void start() {
    clock.advance(loop->due() - clock.steady_now());
    loop->tick();
    clock.advance(std::chrono::milliseconds(250));
  }
  std::uint64_t dropped(const char* reason) {
    const auto values = ledger.dropped().values();
    const auto at = values.find(reason);
    return at == values.end() ? 0 : at->second;
  }
  std::uint64_t all_dropped() {
    std::uint64_t sum = 0;
    for (const auto& [reason, samples] : ledger.dropped().values())
      sum += samples;
    return sum;
  }
  // Everything counted in is either pushed or counted as dropped.
  void expect_balance() { EXPECT_EQ(ledger.in("scrape").value(), sink.all.size() + all_dropped()); }

  testing::FakeClock clock;
  testing::FakeTargets targets;
  testing::SampleRecorder sink;
  selfmon::Scope scope;
  selfmon::Ledger ledger{"metrics", scope};
  Counters counters = make_counters(scope, ledger.in("scrape"), ledger.dropped());
  SeriesIds ids;
  std::unique_ptr<Fetcher> fetcher = targets.make_fetcher();
  std::shared_ptr<const JobSettings> settings;
  std::optional<ScrapeLoop> loop;
  int idle = 0;
};

TEST_F(ScrapeLoopTest, AGoodPageComesOutWithItsReport) {
  make();
  start();
  const auto& request = targets.running(kUrl).request;
  EXPECT_EQ(request.headers.get("Accept-Encoding"), "gzip");
  EXPECT_EQ(request.headers.get("X-Prometheus-Scrape-Timeout-Seconds"), "5");
  EXPECT_EQ(request.timeout, std::chrono::seconds(5));
  EXPECT_EQ(loop->due(), SteadyTime::max()) << "one scrape at a time";
  targets.answer(kUrl, "a 1\nb{x=\"y\"} 2.5\n");
  EXPECT_THAT(sink.page(),
              ElementsAre(R"(a{job="j"} 1)", R"(b{job="j", x="y"} 2.5)", R"(up{job="j"} 1)"));
  EXPECT_EQ(sink.value_of("scrape_duration_seconds"), "0.25");
  EXPECT_EQ(sink.value_of("scrape_samples_scraped"), "2");
  EXPECT_EQ(sink.value_of("scrape_samples_post_metric_relabeling"), "2");
  EXPECT_EQ(sink.value_of("scrape_series_added"), "2");
  EXPECT_EQ(sink.last.size(), 7U);
  EXPECT_EQ(loop->status().health, model::Health::Up);
  EXPECT_EQ(idle, 1);
  EXPECT_LE(loop->due() - clock.steady_now(), std::chrono::seconds(10));
  scrape("a 1\nb{x=\"y\"} 2.5\n");
  EXPECT_EQ(sink.value_of("scrape_series_added"), "0");
  EXPECT_THAT(sink.ended, IsEmpty());
  expect_balance();
}

TEST_F(ScrapeLoopTest, ASeriesThatIsGoneGetsOneMarker) {
  make();
  scrape("a 1\nb 2\n");
  const std::uint64_t id_of_b = sink.last[1].id;
  scrape("a 3\n");
  EXPECT_THAT(sink.page(),
              ElementsAre(R"(a{job="j"} 3)", R"(up{job="j"} 1)", R"(b{job="j"} stale)"));
  EXPECT_THAT(sink.ended, ElementsAre(id_of_b));
  scrape("a 4\n");
  EXPECT_THAT(sink.page(), ElementsAre(R"(a{job="j"} 4)", R"(up{job="j"} 1)"));
  scrape("a 4\nb 5\n");
  EXPECT_NE(sink.last[1].id, id_of_b) << "an id is never used again";
  expect_balance();
}

TEST_F(ScrapeLoopTest, AnyFailureKeepsNothingOfThePageAndEndsItsSeries) {
  const struct {
    const char* name;
    std::function<void()> happens;
    const char* error;
  } cases[] = {
      {"garbage", [&] { targets.answer(kUrl, "a 2\n<html>\n"); }, "line 2"},
      {"status 500", [&] { targets.answer(kUrl, "", 500); }, "status 500"},
      {"a redirect nobody followed", [&] { targets.answer(kUrl, "", 302); }, "status 302"},
      {"no answer",
       [&] {
         targets.fail(kUrl, {ErrorKind::Timeout, "h:1: no answer within 5 s"});
       },
       "no answer within"},
      {"no Content-Type", [&] { targets.answer(kUrl, "a 2\n", 200, {}); }, "no Content-Type"},
      {"unknown encoding",
       [&] {
         targets.answer(kUrl, "a 2\n", 200, {"text/plain", "br"});
       },
       "Content-Encoding"},
      {"broken gzip",
       [&] {
         targets.answer(kUrl, "a 2\n", 200, {"text/plain", "gzip"});
       },
       "gzip"},
      {"a body that ends early",
       [&] {
         auto* listener = targets.running(kUrl).listener;
         listener->on_head({"text/plain", ""});
         listener->on_body("a 2\nb 3\n");
         targets.fail(kUrl, {ErrorKind::Network, "connection reset"});
       },
       "connection reset"},
      {"a cut OpenMetrics page",
       [&] {
         targets.answer(kUrl, "a 2\n", 200, {"application/openmetrics-text", ""});
       },
       "EOF"},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    make();
    scrape("a 1\n");
    start();
    c.happens();
    EXPECT_THAT(sink.page(), ElementsAre(R"(up{job="j"} 0)", R"(a{job="j"} stale)"));
    EXPECT_THAT(loop->status().last_error, HasSubstr(c.error));
    EXPECT_EQ(loop->status().health, model::Health::Down);
    start();
    c.happens();
    EXPECT_THAT(sink.page(), ElementsAre(R"(up{job="j"} 0)")) << "a marker is sent once";
    scrape("a 7\n");
    EXPECT_THAT(sink.page(), ElementsAre(R"(a{job="j"} 7)", R"(up{job="j"} 1)"));
    EXPECT_EQ(loop->status().last_error, "");
    expect_balance();
  }
}

TEST_F(ScrapeLoopTest, LimitsHoldAtAndFailJustPast) {
  const struct {
    const char* name;
    model::ScrapeLimits limits;
    const char* page;
    const char* error;  // null: none
  } cases[] = {
      {"samples at", {0, 2, 0, 0, 0, 0}, "a 1\nb 2\n", nullptr},
      {"samples past", {0, 2, 0, 0, 0, 0}, "a 1\nb 2\nc 3\n", "sample_limit exceeded: 3 samples"},
      {"body below", {9, 0, 0, 0, 0, 0}, "a 1\nb 2\n", nullptr},
      {"body at", {8, 0, 0, 0, 0, 0}, "a 1\nb 2\n", "body_size_limit exceeded"},
      {"labels", {0, 0, 2, 0, 0, 0}, "a 1\nb{x=\"1\"} 2\n", "label_limit exceeded"},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    model::ScrapeJob job;
    job.limits = c.limits;
    make(job);
    scrape(c.page);
    if (c.error == nullptr) {
      EXPECT_EQ(sink.page().size(), 3U);
    } else {
      EXPECT_THAT(sink.page(), ElementsAre(R"(up{job="j"} 0)"));
      EXPECT_THAT(loop->status().last_error, HasSubstr(c.error));
    }
  }
}

TEST_F(ScrapeLoopTest, TheReportOfAFailureSaysHowFarItCame) {
  model::ScrapeJob job;
  job.limits.samples = 1;
  job.extra_scrape_metrics = true;
  make(job);
  scrape("a 1\nb 2\nc 3\n");
  EXPECT_EQ(sink.value_of("scrape_samples_scraped"), "3");
  EXPECT_EQ(sink.value_of("scrape_samples_post_metric_relabeling"), "3");
  EXPECT_EQ(sink.value_of("scrape_sample_limit"), "1");
  EXPECT_EQ(sink.value_of("scrape_timeout_seconds"), "5");
  EXPECT_EQ(sink.value_of("scrape_body_size_bytes"), "0");
  job.limits = {5, 0, 0, 0, 0, 0};
  make(job);
  scrape("a 1\nb 2\n");
  EXPECT_EQ(sink.value_of("scrape_body_size_bytes"), "-1");
  job.limits = {};
  make(job);
  scrape("a 1\nb 2\n");
  EXPECT_EQ(sink.value_of("scrape_body_size_bytes"), "8");
  start();
  targets.fail(kUrl, {ErrorKind::Network, "refused"});
  EXPECT_EQ(sink.value_of("scrape_samples_scraped"), "0");
}

TEST_F(ScrapeLoopTest, AnEmptyPageIsGoodWhateverItsType) {
  make();
  scrape("a 1\n");
  start();
  targets.answer(kUrl, "", 200, {"", "gzip"});
  EXPECT_THAT(sink.page(), ElementsAre(R"(up{job="j"} 1)", R"(a{job="j"} stale)"));
}

TEST_F(ScrapeLoopTest, WhatIsDroppedOnTheWayIsCounted) {
  model::ScrapeJob job;
  job.metric_relabel_rules.emplace_back();
  job.metric_relabel_rules.back().action = model::RelabelAction::Drop;
  job.metric_relabel_rules.back().source_labels = {"__name__"};
  job.metric_relabel_rules.back().regex = "noise";
  make(job);
  const auto ms = [&](Duration from_now) {
    return std::to_string(to_unix_ms(clock.wall_now() + from_now));
  };
  using std::chrono::seconds;
  // The first of a name counts; b is older than its first; c is at the bound and d past it (the
  // scrape starts within one interval from here).
  scrape("noise 1\na 1\na 2\nb 1 " + ms(-seconds(5)) + "\nb 2 " + ms(-seconds(6)) + "\nc 1 " +
         ms(seconds(600)) + "\nd 1 " + ms(seconds(611)) + "\n");
  EXPECT_THAT(sink.page(), ElementsAre(R"(a{job="j"} 1)", R"(b{job="j"} 1)", R"(c{job="j"} 1)",
                                       R"(up{job="j"} 1)"));
  EXPECT_EQ(dropped("relabel_drop"), 1U);
  EXPECT_EQ(dropped("duplicate_timestamp"), 1U);
  EXPECT_EQ(dropped("out_of_order"), 1U);
  EXPECT_EQ(dropped("out_of_bounds"), 1U);
  EXPECT_EQ(sink.value_of("scrape_samples_scraped"), "7");
  EXPECT_EQ(sink.value_of("scrape_samples_post_metric_relabeling"), "6");
  expect_balance();
}

TEST_F(ScrapeLoopTest, OwnTimestampsAreHonoredAndNotTracked) {
  make();
  scrape("a 1 1699999999000\n");
  EXPECT_EQ(sink.last[0].timestamp_ms, 1699999999000);
  scrape("");
  EXPECT_THAT(sink.page(), ElementsAre(R"(up{job="j"} 1)")) << "no marker";

  model::ScrapeJob tracked;
  tracked.track_timestamps_staleness = true;
  make(tracked);
  scrape("a 1 1699999999000\n");
  scrape("");
  EXPECT_THAT(sink.page(), ElementsAre(R"(up{job="j"} 1)", R"(a{job="j"} stale)"));

  model::ScrapeJob ignored;
  ignored.honor_timestamps = false;
  make(ignored);
  scrape("a 1 1699999999000\n");
  EXPECT_EQ(sink.last[0].timestamp_ms, sink.last[1].timestamp_ms);
}

TEST_F(ScrapeLoopTest, AScrapedReportSeriesWins) {
  make();
  scrape("up 5\n");
  EXPECT_THAT(sink.page(), ElementsAre(R"(up{job="j"} 5)"));
  EXPECT_EQ(dropped("duplicate_timestamp"), 1U);
  expect_balance();
}

TEST_F(ScrapeLoopTest, TwoTextsOfOneSeriesAreOneSeries) {
  make();
  scrape("a{x=\"1\",y=\"2\"} 1\na{y=\"2\",x=\"1\"} 2\n");
  EXPECT_THAT(sink.page(), ElementsAre(R"(a{job="j", x="1", y="2"} 1)", R"(up{job="j"} 1)"));
  const std::uint64_t id = sink.last[0].id;
  scrape("a{y=\"2\",x=\"1\"} 3\n");
  EXPECT_EQ(sink.last[0].id, id);
  EXPECT_THAT(sink.page(), ElementsAre(R"(a{job="j", x="1", y="2"} 3)", R"(up{job="j"} 1)"));
}

TEST_F(ScrapeLoopTest, AFullSinkIsCountedAndHearsLaterWhatItMayForget) {
  make();
  scrape("a 1\nb 2\n");
  const std::uint64_t id_of_b = sink.last[1].id;
  sink.full = true;
  scrape("a 1\n");
  EXPECT_EQ(dropped("queue_full"), 7U) << "a, five report series, the marker of b";
  sink.full = false;
  scrape("a 1\n");
  EXPECT_THAT(sink.ended, ElementsAre(id_of_b));
  expect_balance();
}

TEST_F(ScrapeLoopTest, OverTheTargetLimitNothingIsAsked) {
  model::ScrapeJob job;
  job.limits.targets = 1;
  make(job);
  loop->set_over_target_limit(true);
  start();
  EXPECT_EQ(targets.started(), 0);
  EXPECT_THAT(sink.page(), ElementsAre(R"(up{job="j"} 0)"));
  EXPECT_THAT(loop->status().last_error, HasSubstr("target_limit exceeded"));
  loop->set_over_target_limit(false);
  scrape("a 1\n");
  EXPECT_EQ(sink.value_of("up"), "1");
}

TEST_F(ScrapeLoopTest, ATargetThatInventsSeriesAndFailsIsBounded) {
  model::ScrapeJob job;
  job.limits.samples = 1;
  make(job);
  scrape("a 1\n");
  for (int round = 0; round < 30; ++round) {
    std::string page;
    for (int i = 0; i < 100; ++i)
      page += "b{i=\"" + std::to_string(round * 100 + i) + "\"} 1\n";
    scrape(page);
    EXPECT_LE(loop->cache().texts(), 1102U);
    EXPECT_LE(loop->cache().series(), 1110U);
  }
}

TEST_F(ScrapeLoopTest, AnUpdateKeepsTheCacheAndGivesUpTheScrape) {
  make();
  scrape("a 1\n");
  const std::uint64_t id = sink.last[0].id;
  start();
  Target slower = target();
  slower.interval = std::chrono::seconds(30);
  loop->update(settings, *fetcher, slower);
  EXPECT_EQ(targets.count(), 0U) << "the running fetch is cancelled";
  EXPECT_EQ(loop->status().interval, std::chrono::seconds(30));
  scrape("a 2\n");
  EXPECT_EQ(sink.last[0].id, id);
  EXPECT_EQ(sink.value_of("scrape_series_added"), "0");
}

}  // namespace
}  // namespace agent::scrape
