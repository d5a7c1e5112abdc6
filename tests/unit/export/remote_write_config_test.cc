#include "agent/export/remote_write_config.h"

#include <gtest/gtest.h>

namespace agent::exporter {
namespace {

using namespace std::chrono_literals;

std::vector<RemoteWriteConfig> read(const std::string& yaml, config::Report& report) {
  const auto node = config::parse(yaml, "f.yml");
  EXPECT_TRUE(node) << yaml;
  return read_remote_write(*node, report, "remote_write");
}

TEST(RemoteWriteConfig, HasTheDefaultsOfPrometheus) {
  config::Report report;
  const auto out = read("[{url: 'http://me:secret@backend:9090/api/v1/write?x=1'}]", report);
  ASSERT_EQ(out.size(), 1U);
  EXPECT_TRUE(report.problems().empty());
  EXPECT_EQ(out[0].name.size(), 6U);
  EXPECT_EQ(out[0].shown_url.find("secret"), std::string::npos);
  EXPECT_EQ(out[0].timeout, 30s);
  EXPECT_EQ(out[0].max_samples_per_send, 2000U);
  EXPECT_EQ(out[0].batch_send_deadline, 5s);
  EXPECT_EQ(out[0].backoff.base, 30ms);
  EXPECT_EQ(out[0].backoff.cap, 5s);
  EXPECT_TRUE(out[0].retry_on_429);
  EXPECT_FALSE(out[0].http.enable_http2);
  EXPECT_TRUE(out[0].http.follow_redirects);
  EXPECT_EQ(out[0].outbox.when_full, queue::WhenFull::DropOldest);
}

TEST(RemoteWriteConfig, ReadsEveryKey) {
  config::Report report;
  const auto out = read(R"(
- url: https://backend/push
  name: main
  remote_timeout: 1m
  headers: {X-Scope-OrgID: shop}
  write_relabel_configs: [{regex: a, action: labeldrop}]
  basic_auth: {username: u, password: p}
  enable_http2: true
  protobuf_message: prometheus.WriteRequest
  queue_config: {capacity: 5, min_shards: 1, max_shards: 2, max_samples_per_send: 7,
                 batch_send_deadline: 1s, min_backoff: 1s, max_backoff: 1s,
                 retry_on_http_429: false, sample_age_limit: 1h}
  metadata_config: {send: false, send_interval: 2m, max_samples_per_send: 5}
  queue: {max_bytes: 1MiB, when_full: block}
)",
                        report);
  ASSERT_EQ(out.size(), 1U);
  EXPECT_TRUE(report.problems().empty()) << to_string(report.problems()[0]);
  EXPECT_EQ(out[0].name, "main");
  EXPECT_EQ(out[0].timeout, 1min);
  EXPECT_EQ(out[0].headers[0].second, "shop");
  EXPECT_EQ(out[0].write_relabel_rules.size(), 1U);
  EXPECT_EQ(out[0].http.auth, model::HttpClientConfig::Auth::Basic);
  EXPECT_EQ(out[0].max_samples_per_send, 7U);
  EXPECT_EQ(out[0].sample_age_limit, 1h);
  EXPECT_FALSE(out[0].retry_on_429);
  EXPECT_EQ(out[0].outbox.max_bytes, 1U << 20U);
  EXPECT_EQ(out[0].outbox.when_full, queue::WhenFull::Block);
}

TEST(RemoteWriteConfig, WarnsOfWhatIsNotSentYet) {
  config::Report report;
  read(
      "[{url: 'http://a', send_exemplars: true, send_native_histograms: true, "
      "metadata_config: {send: true}}]",
      report);
  EXPECT_FALSE(report.has_errors());
  EXPECT_EQ(report.problems().size(), 3U);
}

TEST(RemoteWriteConfig, NamesEveryFault) {
  const struct {
    const char *yaml, *problem;
  } cases[] = {
      {"{}", "remote_write: a list of endpoints"},
      {"[~]", "remote_write[0]: an endpoint"},
      {"[{name: x}]", "remote_write[0].url"},
      {"[{url: 'ftp://x'}]", "remote_write[0].url"},
      {"[{url: 'http://a'}, {url: 'http://a'}]", "remote_write[1].name: another endpoint"},
      {"[{url: 'http://a', name: x}, {url: 'http://b', name: x}]", "remote_write[1].name"},
      {"[{url: 'http://a', remote_timeout: 0s}]", "remote_timeout: a time-out above 0"},
      {"[{url: 'http://a', remote_timeout: 5}]", "remote_timeout"},
      {"[{url: 'http://a', headers: {Content-Type: x}}]", "headers.Content-Type: this header"},
      {"[{url: 'http://a', headers: {X-PROMETHEUS-REMOTE-WRITE-VERSION: x}}]", "this header"},
      {"[{url: 'http://a', write_relabel_configs: [{action: hashmod}]}]",
       "remote_write[0].write_relabel_configs[0]"},
      {"[{url: 'http://a', protobuf_message: io.prometheus.write.v2.Request}]",
       "not supported yet"},
      {"[{url: 'http://a', protobuf_message: x}]", "unknown message"},
      {"[{url: 'http://a', sigv4: {}}]", "sigv4: not supported yet"},
      {"[{url: 'http://a', sigv4: {region: x}}]", "sigv4: not supported yet"},
      {"[{url: 'http://a', azuread: {cloud: x}}]", "azuread: not supported yet"},
      {"[{url: 'http://a', google_iam: {credentials_file: x}}]", "google_iam: not supported yet"},
      {"[{url: 'http://a', oauth2: {client_id: x}}]", "oauth2"},
      {"[{url: 'http://a', message: auto}]", "message: remote write 2.0"},
      {"[{url: 'http://a', basic_auth: {username: a}, bearer_token: b}]", "at most one"},
      {"[{url: 'http://a', queue_config: {max_shards: 0}}]", "queue_config.max_shards"},
      {"[{url: 'http://a', queue_config: {min_shards: 3, max_shards: 2}}]", "is above max_shards"},
      {"[{url: 'http://a', queue_config: {capacity: 0}}]", "queue_config.capacity"},
      {"[{url: 'http://a', queue_config: {max_samples_per_send: 0}}]", "max_samples_per_send"},
      {"[{url: 'http://a', queue_config: {min_backoff: 6s}}]", "min_backoff is above"},
      {"[{url: 'http://a', queue_config: {max_retries: 3}}]", "queue_config"},
      {"[{url: 'http://a', metadata_config: {sent: true}}]", "metadata_config"},
      {"[{url: 'http://a', queue: {when_full: wait}}]", "queue.when_full: block, drop_oldest"},
      {"[{url: 'http://a', queue: {max_bytes: 0}}]", "queue.max_bytes: a size above 0"},
      {"[{url: 'http://a', queue: {fsync: always}}]", "queue.fsync: not supported yet"},
      {"[{url: 'http://a', remote_timout: 5s}]", "remote_timeout"},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.yaml);
    config::Report report;
    read(c.yaml, report);
    ASSERT_TRUE(report.has_errors());
    EXPECT_NE(to_string(report.problems()[0]).find(c.problem), std::string::npos)
        << to_string(report.problems()[0]);
  }
}

}  // namespace
}  // namespace agent::exporter
