#include "agent/discovery/metrics_config.h"

#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/temp_dir.h"

namespace agent::discovery {
namespace {

using ::testing::HasSubstr;

struct Read {
  MetricsConfig config;
  config::Report report;
  std::string problems() const {
    std::string out;
    for (const auto& problem : report.problems())
      out += to_string(problem) + "\n";
    return out;
  }
};

Read read(const std::string& text, const std::string& folder = {}) {
  Read out;
  MetricsDocuments documents;
  std::string path;
  const auto all = config::parse_documents(text, "m.yml", out.report);
  const auto section = split_metrics_documents(all, documents, path);
  out.config = read_metrics_config(
      section, documents, folder, out.report, path, [](const std::string& name) {
        return name == "HOME" ? std::optional<std::string>("/root") : std::nullopt;
      });
  return out;
}

std::string one_job(const std::string& keys) {
  return "scrape_configs:\n- job_name: j\n  " + keys + "\n";
}

TEST(MetricsConfig, JobsInheritAndOverride) {
  const auto got = read(R"(
global:
  scrape_interval: 20s
  scrape_timeout: 8s
  sample_limit: 7
  body_size_limit: 1KB
  metric_relabel_configs: [{action: labeldrop, regex: a}]
scrape_configs:
- job_name: plain
- job_name: own
  scrape_interval: 5s
  honor_labels: true
  sample_limit: 9
  metrics_path: /m
  scheme: HTTPS
  params: {q: [1, true]}
  metric_relabel_configs: [{action: labeldrop, regex: b}]
  scrape_protocols: [PrometheusProto, PrometheusText0.0.4]
)");
  ASSERT_FALSE(got.report.has_errors()) << got.problems();
  ASSERT_EQ(got.config.jobs.size(), 2U);
  const auto& plain = got.config.jobs[0];
  EXPECT_EQ(plain.scrape_interval, std::chrono::seconds(20));
  EXPECT_EQ(plain.scrape_timeout, std::chrono::seconds(8));
  EXPECT_EQ(plain.limits.samples, 7U);
  EXPECT_EQ(plain.limits.body_size_bytes, 1024U);
  EXPECT_EQ(plain.scrape_protocols.size(), 4U);
  const auto& own = got.config.jobs[1];
  EXPECT_EQ(own.scrape_timeout, std::chrono::seconds(5)) << "shrinks to the interval";
  EXPECT_EQ(own.limits.samples, 9U);
  EXPECT_EQ(own.scheme, "https");
  EXPECT_EQ(own.params.at("q"), (std::vector<std::string>{"1", "true"}));
  ASSERT_EQ(own.metric_relabel_rules.size(), 2U);
  EXPECT_EQ(own.metric_relabel_rules[0].regex, "a") << "global rules run first";
  EXPECT_EQ(own.scrape_protocols, std::vector<std::string>{"PrometheusText0.0.4"});
}

TEST(MetricsConfig, ExternalLabelsAreExpanded) {
  const auto got = read(R"(
global:
  external_labels: {a: "$HOME/${HOME}!", b: $$5, c: "x${NOT_THERE}y", d: "5$", e: "${", f: 7}
scrape_configs: []
)");
  ASSERT_FALSE(got.report.has_errors()) << got.problems();
  EXPECT_EQ(to_string(got.config.external_labels),
            R"({a="/root//root!", b="$5", c="xy", d="5$", e="${", f="7"})");
  EXPECT_THAT(got.problems(), HasSubstr("the environment has no NOT_THERE"));
}

TEST(MetricsConfig, SaysWhatIsWrongAndWhere) {
  const struct {
    const char* name;
    std::string text;
    const char* problem;
  } cases[] = {
      {"unknown key", one_job("scrape_intervall: 5s"),
       "m.yml:3:3: scrape_configs[0].scrape_intervall: unknown key; did you mean"},
      {"unknown section", "scrape_config: []", "scrape_config: unknown key"},
      {"no name", "scrape_configs: [{honor_labels: true}]", "job_name: this key is required"},
      {"null job", "scrape_configs: [null]", "scrape_configs[0]"},
      {"name twice", "scrape_configs: [{job_name: j}, {job_name: j}]",
       "there is a job \"j\" already, in m.yml:1:29"},
      {"rules", one_job("") + "rule_files: [x]", "rule_files: an agent has no rules"},
      {"alerting", "alerting: {alertmanagers: []}", "alerting: an agent sends no alerts"},
      {"remote read", "remote_read: [{url: x}]", "remote_read"},
      {"static mode", "metrics: {configs: []}", "metrics.configs"},
      {"timeout", one_job("scrape_interval: 5s\n  scrape_timeout: 5001ms"),
       "is longer than the scrape interval (5s)"},
      {"number as duration", one_job("scrape_interval: 15"), "scrape_configs[0].scrape_interval"},
      {"protocol", one_job("scrape_protocols: [PrometheusText0.0.5]"), "unknown protocol"},
      {"protocol twice", one_job("scrape_protocols: [PrometheusText0.0.4, PrometheusText0.0.4]"),
       "is given twice"},
      {"no protocol", one_job("scrape_protocols: []"), "at least one protocol"},
      {"only protobuf", one_job("scrape_protocols: [PrometheusProto]"), "not built yet"},
      {"size without unit", one_job("body_size_limit: 1000"), "a size with its unit"},
      {"negative limit", one_job("sample_limit: -1"), "sample_limit"},
      {"scheme", one_job("scheme: ftp"), "http or https"},
      {"slash", one_job("static_configs: [{targets: [\"http://a\"]}]"), "contains a slash"},
      {"file ending", one_job("file_sd_configs: [{files: [a.txt]}]"), "ends in none of"},
      {"star in a folder", one_job("file_sd_configs: [{files: [\"*/a.yml\"]}]"), "last element"},
      {"no files", one_job("file_sd_configs: [{}]"), "at least one file"},
      {"foreign discovery", one_job("nomad_sd_configs: [{}]"), "http_sd_configs do the same"},
      {"dns", one_job("dns_sd_configs: [{names: [x], type: A}]"), "records of type A have no port"},
      {"role", one_job("kubernetes_sd_configs: [{role: cluster}]"), "endpointslice or ingress"},
      {"schemes", one_job("metric_name_validation_scheme: old"), "utf8 or legacy"},
      {"nhcb", one_job("convert_classic_histograms_to_nhcb: true"), "not supported yet"},
      {"bad rule", one_job("relabel_configs: [{action: rename}]"), "relabel_configs[0]"},
      {"limit mode", "on_limit: keep_known", "on_limit"},
      {"unknown class",
       "kind: ServiceMonitor\nmetadata: {name: a}\nspec: {scrapeClass: x, endpoints: [{}]}",
       "no class \"x\""},
      {"foreign group", "apiVersion: apps/v1\nkind: Probe\nmetadata: {name: a}\nspec: {}",
       "group monitoring.coreos.com"},
      {"no metadata", "kind: PodMonitor\nspec: {podMetricsEndpoints: []}",
       "m.yml:1:1: PodMonitor.metadata.name: this key is required"},
      {"monitor twice",
       "kind: ServiceMonitorList\nitems:\n- {kind: ServiceMonitor, metadata: {name: a}, spec: "
       "{endpoints: []}}\n- {kind: ServiceMonitor, metadata: {name: a}, spec: {endpoints: []}}",
       "default/a is defined twice"},
      {"file of the host",
       "kind: ServiceMonitor\nmetadata: {name: a}\nspec: {endpoints: [{bearerTokenFile: /x}]}",
       "bearerTokenFile: files of the agent's host"},
      {"two kinds of auth",
       "kind: ServiceMonitor\nmetadata: {name: a}\nspec: {endpoints: [{basicAuth: {}, "
       "authorization: {}}]}",
       "at most one of basicAuth"},
      {"two other kinds of auth",
       "kind: ServiceMonitor\nmetadata: {name: a}\nspec: {endpoints: [{bearerTokenSecret: {name: "
       "a, "
       "key: b}, oauth2: {clientId: {secret: {name: a, key: b}}, tokenUrl: 'http://a'}}]}",
       "oauth2: at most one of basicAuth"},
      {"nobody asks",
       "kind: ServiceMonitor\nmetadata: {name: a}\nspec: {endpoints: [{oauth2: {tokenUrl: "
       "'http://a'}}]}",
       "oauth2.clientId: this key is required"},
      {"no token server",
       "kind: ServiceMonitor\nmetadata: {name: a}\nspec: {endpoints: [{oauth2: {clientId: {secret: "
       "{name: a, key: b}}, tokenUrl: a}}]}",
       "oauth2.tokenUrl: a URL"},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    const auto got = read(c.text);
    EXPECT_TRUE(got.report.has_errors());
    EXPECT_THAT(got.problems(), HasSubstr(c.problem));
  }
}

TEST(MetricsConfig, WarnsOfWhatHasNoEffect) {
  const struct {
    const char* name;
    std::string text;
    const char* problem;
  } cases[] = {
      {"storage", "storage: {}\nscrape_configs: []", "storage: has no meaning in an agent"},
      {"tracing", "tracing: {endpoint: x}", "tracing: has no meaning in an agent"},
      {"old name", one_job("scrape_classic_histograms: true"), "always_scrape_classic_histograms"},
      {"native", one_job("scrape_native_histograms: true"), "classic series are scraped"},
      {"dns", one_job("dns_sd_configs: [{names: [x]}]"),
       "m.yml:3:19: scrape_configs[0].dns_sd_configs: is not built yet: the job has no targets"},
      {"nothing selected",
       "kind: ServiceMonitor\nmetadata: {name: a}\nspec: {endpoints: [{port: http}]}",
       "selects nothing"},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    const auto got = read(c.text);
    EXPECT_FALSE(got.report.has_errors()) << got.problems();
    EXPECT_THAT(got.problems(), HasSubstr(c.problem));
  }
}

TEST(MetricsConfig, ReadsJobsOfOtherFiles) {
  const testing::TempDir folder;
  std::ofstream(folder.path() / "a.yml") << "scrape_configs: [{job_name: a, file_sd_configs: "
                                            "[{files: [t.yml]}]}]";
  std::ofstream(folder.path() / "b.yml") << "- {job_name: b}\n- {job_name: c}";
  const std::string base = folder.path().string();
  auto got = read("scrape_config_files: ['*.yml']\nscrape_configs: [{job_name: d}]", base);
  ASSERT_FALSE(got.report.has_errors()) << got.problems();
  ASSERT_EQ(got.config.jobs.size(), 4U);
  EXPECT_EQ(got.config.jobs[1].file_discovery.at(0).globs.at(0), base + "/t.yml");
  got = read("scrape_config_files: ['*.yml', none.yml]\nscrape_configs: [{job_name: c}]", base);
  EXPECT_THAT(got.problems(), HasSubstr("there is a job \"c\" already"));
  EXPECT_THAT(got.problems(), HasSubstr("no file matches \"none.yml\""));
}

TEST(MetricsConfig, MonitorsTakeTheSmallerLimitAndTheClass) {
  const auto got = read(R"(
metrics:
  secrets_dir: /nowhere
  enforced: {sample_limit: 10, label_limit: 5}
  monitors: {selector: {matchLabels: {team: shop}}, namespaces: [default]}
  scrape_classes:
  - {name: c, default: true, authorization: {credentials: {name: s, key: k}}, tlsConfig: {serverName: x}}
  service_inventory:
  - services: [{name: s, ports: {http: 80}}]
  service_monitors:
  - kind: ServiceMonitor
    metadata: {name: m, labels: {team: shop}}
    spec: {sampleLimit: 20, labelLimit: 3, endpoints: [{port: http, tlsConfig: {insecureSkipVerify: true}}]}
  - kind: ServiceMonitor
    metadata: {name: other, labels: {team: else}}
    spec: {endpoints: [{port: http}]}
)");
  ASSERT_FALSE(got.report.has_errors()) << got.problems();
  ASSERT_EQ(got.config.jobs.size(), 1U);
  const auto& job = got.config.jobs[0];
  EXPECT_EQ(job.name, "serviceMonitor/default/m/0");
  EXPECT_EQ(job.limits.samples, 10U);
  EXPECT_EQ(job.limits.labels, 3U);
  EXPECT_EQ(job.http.credentials.file, "/nowhere/default/s/k");
  EXPECT_EQ(job.http.tls.server_name, "x");
  EXPECT_TRUE(job.http.tls.insecure_skip_verify);
  ASSERT_EQ(job.static_groups.size(), 1U);
  EXPECT_EQ(job.static_groups[0].targets.at(0).get("__address__"), "localhost:80");
}

TEST(MetricsConfig, MonitorsMayUseTokensAndProxies) {
  const auto got = read(R"(
metrics:
  secrets_dir: /nowhere
  service_monitors:
  - kind: Probe
    metadata: {name: p}
    spec:
      prober:
        url: prober
        proxyUrl: http://proxy:3128
        proxyConnectHeader: {X-Zone: [{name: s, key: zone}]}
      oauth2:
        clientId: {configMap: {name: c, key: id}}
        clientSecret: {name: s, key: secret}
        tokenUrl: https://login.example/token
        scopes: [a]
        endpointParams: {audience: x}
        tlsConfig: {ca: {secret: {name: s, key: ca}}}
        noProxy: ""
      targets: {staticConfig: {static: [a]}}
)");
  ASSERT_FALSE(got.report.has_errors()) << got.problems();
  ASSERT_EQ(got.config.jobs.size(), 1U);
  const auto& http = got.config.jobs[0].http;
  EXPECT_EQ(http.proxy.connect_headers.at(0).secrets.at(0).file, "/nowhere/default/s/zone");
  EXPECT_EQ(http.auth, model::HttpClientConfig::Auth::OAuth2);
  EXPECT_EQ(http.oauth2.client_id_file, "/nowhere/default/c/id");
  EXPECT_EQ(http.oauth2.client_secret.file, "/nowhere/default/s/secret");
  EXPECT_EQ(http.oauth2.token_url, "https://login.example/token");
  EXPECT_EQ(http.oauth2.scopes.at(0), "a");
  EXPECT_EQ(http.oauth2.endpoint_params.at("audience"), "x");
  EXPECT_EQ(http.oauth2.tls.ca_file, "/nowhere/default/s/ca");
  EXPECT_EQ(http.oauth2.proxy.url, "");
}

TEST(MetricsConfig, FindsItsSectionAmongOthers) {
  EXPECT_TRUE(read("logs: {scrape_configs: [{x: 1}]}").config.jobs.empty());
  EXPECT_FALSE(read("logs: {scrape_configs: [{x: 1}]}").report.has_errors());
  EXPECT_EQ(read("logs: {}\nmetrics: {scrape_configs: [{job_name: a}]}").config.jobs.size(), 1U);
  EXPECT_EQ(read("remote_write: [{url: x}]").config.remote_write.size(), 1U);
}

}  // namespace
}  // namespace agent::discovery
