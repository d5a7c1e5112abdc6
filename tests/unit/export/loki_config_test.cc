#include "agent/export/loki_config.h"

#include <string>

#include <gtest/gtest.h>

namespace agent::exporter {
namespace {

using namespace std::chrono_literals;

std::vector<LokiClientConfig> read(const std::string& yaml, config::Report& report) {
  const auto list = config::parse(yaml, "f.yml");
  EXPECT_TRUE(list) << list.error().message;
  std::vector<std::string> paths;
  for (std::size_t i = 0; i < list->items().size(); ++i)
    paths.push_back("clients[" + std::to_string(i) + "]");
  return read_loki_clients(list->items(), paths, report);
}

TEST(LokiConfig, HasPromtailsDefaults) {
  config::Report report;
  const auto clients = read("[{url: http://localhost:3100/loki/api/v1/push}]", report);
  ASSERT_TRUE(report.status()) << report.status().error().message;
  const LokiClientConfig& client = clients.at(0);
  EXPECT_EQ(client.name.size(), 6U);
  EXPECT_EQ(client.batchwait, 1s);
  EXPECT_EQ(client.batchsize_bytes, 1U << 20);
  EXPECT_EQ(client.timeout, 10s);
  EXPECT_EQ(client.backoff.base, 500ms);
  EXPECT_EQ(client.backoff.cap, 5min);
  EXPECT_EQ(client.backoff.jitter, Jitter::Upward);
  EXPECT_FALSE(client.drop_rate_limited_batches);
  EXPECT_EQ(client.outbox.max_bytes, 0U);
}

TEST(LokiConfig, ReadsEveryKey) {
  config::Report report;
  const auto clients = read(R"(
- name: main
  url: https://logs.example.net/loki/api/v1/push
  tenant_id: 17
  batchwait: 2s
  batchsize: 102400
  timeout: 15000000000
  backoff_config: {min_period: 1s, max_period: 10s, max_retries: 0}
  drop_rate_limited_batches: true
  external_labels: {site: brno, number: 5}
  headers: {X-Team: observability}
  basic_auth: {username: u, password_file: /p}
  tls_config: {ca_file: /ca.pem}
  follow_redirects: false
  queue: {max_bytes: 1MiB}
- {url: http://a/x}
- {url: "HTTP://b/x"}
)",
                            report);
  ASSERT_TRUE(report.status()) << report.status().error().message;
  ASSERT_EQ(clients.size(), 3U);
  const LokiClientConfig& client = clients[0];
  EXPECT_EQ(client.name, "main");
  EXPECT_EQ(client.tenant_id, "17");
  EXPECT_EQ(client.batchwait, 2s);
  EXPECT_EQ(client.batchsize_bytes, 102400U);
  EXPECT_EQ(client.timeout, 15s);
  EXPECT_EQ(client.backoff.base, 1s);
  EXPECT_EQ(client.backoff.cap, 10s);
  EXPECT_TRUE(client.drop_rate_limited_batches);
  EXPECT_EQ(client.external_labels, (model::LabelSet{{"number", "5"}, {"site", "brno"}}));
  EXPECT_EQ(client.headers.at("X-Team"), "observability");
  EXPECT_EQ(client.http.basic.username, "u");
  EXPECT_EQ(client.http.tls.ca_file, "/ca.pem");
  EXPECT_FALSE(client.http.follow_redirects);
  EXPECT_EQ(client.outbox.max_bytes, 1U << 20U);
  EXPECT_EQ(client.outbox.when_full, queue::WhenFull::Block);
  EXPECT_NE(clients[1].name, clients[2].name);
}

TEST(LokiConfig, HeadersOfOursAreWarnings) {
  const struct {
    const char *name, *words;
  } cases[] = {{"x-scope-orgid", "only where neither tenant_id nor a stage names a tenant"},
               {"content-type", "Content-Type is set by the agent"},
               {"User-Agent", "User-Agent is set by the agent"}};
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    config::Report report;
    const auto clients =
        read("- {url: http://x, headers: {" + std::string(c.name) + ": a}}", report);
    EXPECT_EQ(clients.at(0).headers.at(c.name), "a");
    ASSERT_EQ(report.problems().size(), 1U);
    EXPECT_EQ(report.problems()[0].severity, config::Severity::Warning);
    const std::string said = to_string(report.problems()[0]);
    EXPECT_TRUE(said.starts_with("f.yml:1:29: clients[0].headers: ")) << said;
    EXPECT_NE(said.find(c.words), std::string::npos) << said;
  }
}

TEST(LokiConfig, ANameIsMadeOfAllKeys) {
  const struct {
    const char *name, *first, *second;
    bool same;
  } cases[] = {
      {"one more key", "{url: http://x}", "{url: http://x, batchwait: 2s}", false},
      {"another value", "{url: http://x, timeout: 1s}", "{url: http://x, timeout: 2s}", false},
      {"a value below", "{url: http://x, basic_auth: {username: a}}",
       "{url: http://x, basic_auth: {username: b}}", false},
      {"another order", "{url: http://x, timeout: 1s}", "{timeout: 1s, url: http://x}", true},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    config::Report report;
    const auto clients = read("- " + std::string(c.first) + "\n- " + c.second, report);
    ASSERT_EQ(clients.size(), 2U);
    EXPECT_EQ(clients[0].name.size(), 6U);
    EXPECT_EQ(clients[0].name == clients[1].name, c.same);
    EXPECT_EQ(report.errors(), c.same ? 1 : 0);
  }
}

TEST(LokiConfig, NamesEveryFault) {
  const struct {
    const char *name, *yaml, *place;
  } cases[] = {
      {"no url", "- {name: a}", "f.yml:1:3: clients[0].url"},
      {"another scheme", "- {url: ftp://x}", "f.yml:1:9: clients[0].url"},
      {"half a bracket", "- {url: 'http://[::1'}", "f.yml:1:9: clients[0].url"},
      {"no port", "- {url: 'http://127.0.0.1:abc/x'}", "f.yml:1:9: clients[0].url"},
      {"no host", "- {url: 'http:///x'}", "f.yml:1:9: clients[0].url"},
      {"no scheme", "- {url: 'localhost:3100/x'}", "f.yml:1:9: clients[0].url"},
      {"a blank in the host", "- {url: 'http://a b/x'}", "f.yml:1:9: clients[0].url"},
      {"a blank in the path", "- {url: 'http://a/x y'}", "f.yml:1:9: clients[0].url"},
      {"unknown key", "- {url: http://x, batchwat: 1s}", "f.yml:1:19: clients[0].batchwat"},
      {"name twice", "- {url: http://x, name: a}\n- {url: http://y, name: a}",
       "f.yml:2:25: clients[1].name"},
      {"the same client twice", "- {url: http://x}\n- {url: http://x}", "f.yml:2:3: clients[1]"},
      {"a label that Loki refuses", "- {url: http://x, external_labels: {a-b: c}}",
       "f.yml:1:37: clients[0].external_labels: \"a-b\" is no label name"},
      {"no batch size", "- {url: http://x, batchsize: 0}", "f.yml:1:30: clients[0].batchsize"},
      {"negative wait", "- {url: http://x, batchwait: -1s}", "f.yml:1:30: clients[0].batchwait"},
      {"oauth2", "- {url: http://x, oauth2: {client_id: a}}", "f.yml:1:"},
      {"two kinds of credentials", "- {url: http://x, bearer_token: a, basic_auth: {username: u}}",
       "f.yml:1:"},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    config::Report report;
    read(c.yaml, report);
    ASSERT_EQ(report.errors(), 1);
    EXPECT_TRUE(to_string(report.problems()[0]).starts_with(c.place))
        << to_string(report.problems()[0]);
  }
}

}  // namespace
}  // namespace agent::exporter
