#include "agent/export/loki_metrics.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace agent::exporter {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;

TEST(HostOfUrl, IsTheHostAsItIsWritten) {
  const struct {
    const char *url, *host;
  } cases[] = {
      {"http://loki:3100/loki/api/v1/push", "loki:3100"},
      {"https://logs.example.com/loki/api/v1/push", "logs.example.com"},
      {"http://me:p@ss@[::1]:3100?x=a@b", "[::1]:3100"},
      {"http://loki", "loki"},
      {"", ""},
  };
  for (const auto& c : cases)
    EXPECT_EQ(host_of_url(c.url), c.host);
}

class LokiMetricsTest : public ::testing::Test {
 protected:
  std::string page() const { return "\n" + scope_.exposition(); }
  void tried(int status, Outcome outcome, std::uint32_t records = 10, int attempt = 0) {
    metrics_.tried({std::make_shared<const std::string>(100, 'x'), "t", attempt, records}, status,
                   20ms, outcome);
  }
  static Outcome outcome(Outcome::Kind kind, std::uint64_t rejected = 0) {
    Outcome out;
    out.kind = kind;
    out.rejected = rejected;
    return out;
  }

  selfmon::Scope scope_{""};
  LokiMetrics metrics_{scope_, "http://loki:3100/push", "t"};
};

TEST_F(LokiMetricsTest, AllSeriesAreThereFromTheStart) {
  for (const char* line :
       {"\nloki_encoded_bytes_total{host=\"loki:3100\"} 0\n",
        "\nloki_sent_bytes_total{host=\"loki:3100\"} 0\n",
        "\nloki_sent_entries_total{host=\"loki:3100\"} 0\n",
        "\nloki_batch_retries_total{host=\"loki:3100\",tenant=\"t\"} 0\n",
        "\nloki_dropped_entries_total{host=\"loki:3100\",reason=\"ingester_error\",tenant=\"t\"} "
        "0\n",
        "\nloki_dropped_bytes_total{host=\"loki:3100\",reason=\"rate_limited\",tenant=\"t\"} 0\n",
        "\nloki_dropped_entries_total{host=\"loki:3100\",reason=\"stream_limited\",tenant=\"t\"} "
        "0\n",
        "\nloki_mutated_bytes_total{host=\"loki:3100\",reason=\"line_too_long\",tenant=\"t\"} 0\n"})
    EXPECT_THAT(page(), HasSubstr(line));
}

TEST_F(LokiMetricsTest, CountsWhatBecameOfEachTry) {
  tried(-1, outcome(Outcome::Kind::Retry));
  tried(503, outcome(Outcome::Kind::Retry), 10, 1);
  tried(204, outcome(Outcome::Kind::Delivered), 10, 2);
  tried(400, outcome(Outcome::Kind::Delivered, 3));
  tried(429, outcome(Outcome::Kind::Drop));
  tried(413, outcome(Outcome::Kind::Split));
  queue::Block block;
  block.payload = std::make_shared<const std::string>(100, 'x');
  block.records = 10;
  block.tenant = "t";
  Outcome refused = outcome(Outcome::Kind::Drop);
  metrics_.dropped(block, refused, 4);
  refused.reason = "http_429";
  metrics_.dropped(block, refused, 10);
  for (const char* line :
       {"\nloki_request_duration_seconds_count{host=\"loki:3100\",status_code=\"-1\"} 1\n",
        "\nloki_request_duration_seconds_bucket{host=\"loki:3100\",status_code=\"204\",le=\"0."
        "025\"} "
        "1\n",
        "\nloki_batch_retries_total{host=\"loki:3100\",tenant=\"t\"} 2\n",
        "\nloki_encoded_bytes_total{host=\"loki:3100\"} 400\n",
        "\nloki_sent_entries_total{host=\"loki:3100\"} 17\n",
        "\nloki_sent_bytes_total{host=\"loki:3100\"} 170\n",
        "\nloki_dropped_entries_total{host=\"loki:3100\",reason=\"ingester_error\",tenant=\"t\"} "
        "4\n",
        "\nloki_dropped_bytes_total{host=\"loki:3100\",reason=\"ingester_error\",tenant=\"t\"} "
        "40\n",
        "\nloki_dropped_entries_total{host=\"loki:3100\",reason=\"rate_limited\",tenant=\"t\"} "
        "10\n"})
    EXPECT_THAT(page(), HasSubstr(line));
}

TEST_F(LokiMetricsTest, TenantsDoNotGrowWithoutEnd) {
  for (int i = 0; i < 600; ++i)
    metrics_.count(LokiMetrics::What::Dropped, "t" + std::to_string(i), "line_too_long", 1, 2);
  const auto dropped = [&](const char* tenant) {
    return scope_
        .counter("loki_dropped_entries_total",
                 {{"host", "loki:3100"}, {"reason", "line_too_long"}, {"tenant", tenant}})
        .value();
  };
  EXPECT_EQ(dropped("t498"), 1U);
  EXPECT_EQ(dropped("t499"), 0U);
  EXPECT_EQ(dropped("(others)"), 101U);
}

}  // namespace
}  // namespace agent::exporter
