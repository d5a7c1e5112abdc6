#include "agent/traces/traces_config.h"

#include <gtest/gtest.h>

namespace agent::traces {
namespace {

using namespace std::chrono_literals;

struct Read {
  TracesConfig config;
  config::Report report;
  std::string problems() const {
    std::string out;
    for (const auto& problem : report.problems())
      out += config::to_string(problem) + "\n";
    return out;
  }
};

Read read(const std::string& yaml, const Environment& environment = {}) {
  Read out;
  const auto node = config::parse(yaml, "dunlin.yaml");
  EXPECT_TRUE(node) << node.error().message;
  out.config =
      read_traces_config(node->get("traces"), node->get("tracing_config"), environment, out.report);
  return out;
}

constexpr const char* kCaseStudy =
    "tracing_config:\n"
    "  active: true\n"
    "  endpoint: tempo:4317\n"
    "  sampler:\n"
    "    ratio: 0.5\n";

TEST(TracesConfig, ReadsTheCaseStudy) {
  const auto out = read(kCaseStudy);
  EXPECT_EQ(out.problems(), "");
  EXPECT_TRUE(out.config.active);
  EXPECT_TRUE(out.config.default_addresses);
  ASSERT_EQ(out.config.listeners.size(), 2U);
  EXPECT_EQ(loop::to_string(out.config.listeners[0].address), "127.0.0.1:4317");
  EXPECT_EQ(loop::to_string(out.config.listeners[1].address), "127.0.0.1:4318");
  EXPECT_EQ(out.config.sampler.ratio, 0.5);
  ASSERT_EQ(out.config.exporters.size(), 1U);
  const auto& exporter = out.config.exporters[0];
  EXPECT_EQ(exporter.protocol, model::OtlpProtocol::Grpc);
  EXPECT_EQ(exporter.host, "tempo");
  EXPECT_EQ(exporter.port, 4317);
  EXPECT_EQ(exporter.name, "tempo:4317");
  EXPECT_FALSE(exporter.tls_enabled);
  EXPECT_EQ(exporter.compression, model::OtlpCompression::Gzip);
  EXPECT_EQ(describe(out.config.sampler), "keeps a share of 0.5 of all traces (threshold 8)");
}

TEST(TracesConfig, ListensOnAllAddressesInAContainer) {
  Environment environment;
  environment.in_container = true;
  const auto out = read(kCaseStudy, environment);
  EXPECT_EQ(loop::to_string(out.config.listeners.at(0).address), ":4317");
}

TEST(TracesConfig, ReadsTheFullSection) {
  const auto out = read(R"(
traces:
  receivers:
    otlp:
      protocols:
        grpc: {endpoint: "10.0.0.1:4317", max_recv_msg_size_mib: 4, max_concurrent_streams: 7}
        http: {max_request_body_size: 1048576, traces_url_path: /otlp, cors: {}, tls: {}}
  sampler: {ratio: 1e-2, mode: proportional, spans_per_second: 0}
  batch: {timeout: 500ms, send_batch_size: 100, send_batch_max_size: 200, max_bytes: 1MiB}
  exporters:
    - endpoint: https://tempo.example/base/
      protocol: http
      compression: none
      timeout: 3s
      headers: {X-Scope-OrgID: shop}
      tls: {ca_file: ca.pem, insecure_skip_verify: true}
      retry: {initial_interval: 1s, max_interval: 10s}
      queue: {max_bytes: 8MiB}
    - {endpoint: "http://[::1]", compression: zstd}
    - {endpoint: "::1"}
)",
                        {false, {}, "/etc/dunlin"});
  EXPECT_EQ(out.problems(), "");
  ASSERT_EQ(out.config.listeners.size(), 2U);
  EXPECT_EQ(loop::to_string(out.config.listeners[0].address), "10.0.0.1:4317");
  EXPECT_EQ(out.config.listeners[0].max_concurrent_streams, 7U);
  EXPECT_EQ(loop::to_string(out.config.listeners[1].address), "127.0.0.1:4318");
  EXPECT_EQ(out.config.max_grpc_bytes, 4U << 20U);
  EXPECT_EQ(out.config.max_http_bytes, 1048576U);
  EXPECT_EQ(out.config.traces_path, "/otlp");
  EXPECT_EQ(out.config.sampler.mode, SamplerMode::Proportional);
  EXPECT_EQ(out.config.batch.timeout, 500ms);
  EXPECT_EQ(out.config.batch.send_batch_max_size, 200U);
  ASSERT_EQ(out.config.exporters.size(), 3U);
  const auto& first = out.config.exporters[0];
  EXPECT_EQ(first.url, "https://tempo.example:4318/base/v1/traces");
  EXPECT_TRUE(first.tls_enabled);
  EXPECT_EQ(first.tls.ca_file, "/etc/dunlin/ca.pem");
  EXPECT_EQ(first.timeout, 3s);
  EXPECT_EQ(first.retry_cap, 10s);
  EXPECT_EQ(first.queue_max_bytes, 8U << 20U);
  ASSERT_EQ(first.headers.size(), 1U);
  EXPECT_EQ(first.headers[0].second, "shop");
  EXPECT_EQ(out.config.exporters[1].host, "::1");
  EXPECT_EQ(out.config.exporters[1].port, 4317);
  EXPECT_EQ(out.config.exporters[2].name, "[::1]:4317#2");
}

TEST(TracesConfig, InactiveIsStillChecked) {
  const auto off = read("tracing_config: {active: false}");
  EXPECT_EQ(off.problems(), "");
  EXPECT_FALSE(off.config.active);
  EXPECT_TRUE(off.config.exporters.empty());
  EXPECT_TRUE(read("tracing_config: {active: false, sampler: {ratio: 2}}").report.has_errors());
  EXPECT_FALSE(read("logs: {}").config.active);
}

TEST(TracesConfig, OneListenerAnAddress) {
  const auto out = read(R"(
traces:
  receivers: {otlp: {protocols: {grpc: {endpoint: ":9"}, http: {endpoint: ":9"}}}}
  exporters: [{endpoint: tempo}]
)");
  EXPECT_EQ(out.problems(), "");
  EXPECT_EQ(out.config.listeners.size(), 1U);
}

TEST(TracesConfig, RefusesWithThePlace) {
  const struct {
    const char* name;
    std::string yaml;
    const char* problem;
  } cases[] = {
      {"ratio above 1", "tracing_config:\n  endpoint: t\n  sampler:\n    ratio: 1.5",
       "dunlin.yaml:4:12: tracing_config.sampler.ratio: \"1.5\" is not a ratio"},
      {"ratio that is no number", "tracing_config: {endpoint: t, sampler: {ratio: half}}",
       "dunlin.yaml:1:48: tracing_config.sampler.ratio"},
      {"misspelt sampler", "tracing_config: {endpoint: t, sampelr: {ratio: 0.5}}",
       "dunlin.yaml:1:31: tracing_config.sampelr"},
      {"no endpoint", "tracing_config: {active: true}", "tracing_config"},
      {"both forms", "traces: {}\ntracing_config: {endpoint: t}", "dunlin.yaml:1:9"},
      {"mode", "tracing_config: {endpoint: t, sampler: {mode: hash_seed}}", "sampler.mode"},
      {"services", "tracing_config: {endpoint: t, sampler: {services: {a: 1}}}",
       "sampler.services: not built yet"},
      {"keep", "tracing_config: {endpoint: t, sampler: {keep: [{status: error}]}}",
       "sampler.keep: not built yet"},
      {"spans_per_second", "tracing_config: {endpoint: t, sampler: {spans_per_second: 5}}",
       "sampler.spans_per_second: not built yet"},
      {"tail sampling", "traces: {exporters: [{endpoint: t}], tail_sampling: {}}",
       "traces.tail_sampling: tail sampling is not built yet"},
      {"the Grafana Agent's form", "traces: {configs: []}", "traces.configs"},
      {"zipkin", "traces: {exporters: [{endpoint: t}], receivers: {zipkin: {endpoint: ':1'}}}",
       "traces.receivers.zipkin: not built yet"},
      {"no receiver", "traces: {exporters: [{endpoint: t}], receivers: {otlp: {}}}",
       "traces.receivers: no receiver"},
      {"listener TLS",
       "traces: {exporters: [{endpoint: t}], receivers: {otlp: {protocols: {grpc: {tls: {a: "
       "1}}}}}}",
       "grpc.tls: TLS on listeners is not built yet"},
      {"no exporter", "traces: {}", "traces.exporters: at least one"},
      {"gRPC over TLS", "tracing_config: {endpoint: 'https://t'}", "not built yet"},
      {"scheme", "tracing_config: {endpoint: 'ftp://t'}", "tracing_config.endpoint: the scheme"},
      {"the signal's path, which is added",
       "tracing_config: {endpoint: 'http://t/v1/traces', protocol: http}", "leave /v1/traces out"},
      {"gRPC with a path", "tracing_config: {endpoint: 'http://t/x'}", "gRPC has no path"},
      {"query", "tracing_config: {endpoint: 'http://t/x?y', protocol: http}", "query"},
      {"credentials", "tracing_config: {endpoint: 'http://u:p@t'}", "credentials"},
      {"no host", "tracing_config: {endpoint: ':4317'}", "the host is missing"},
      {"port 0", "tracing_config: {endpoint: 't:0'}", "port 0"},
      {"bad port", "tracing_config: {endpoint: 't:x'}", "tracing_config.endpoint"},
      {"protocol", "tracing_config: {endpoint: t, protocol: thrift}", "tracing_config.protocol"},
      {"compression", "tracing_config: {endpoint: t, compression: lz4}", "compression"},
      {"header name", "tracing_config: {endpoint: t, headers: {'a b': c}}", "headers.a b"},
      {"header value", "tracing_config: {endpoint: t, headers: {a: \"b\\nc\"}}", "headers.a"},
      {"batch sizes",
       "tracing_config: {endpoint: t, batch: {send_batch_size: 10, send_batch_max_size: 9}}",
       "batch.send_batch_max_size"},
      {"batch bytes", "tracing_config: {endpoint: t, batch: {max_bytes: 4MiB}}",
       "batch.max_bytes: must be"},
      {"TLS keys for clear text", "tracing_config: {endpoint: t, tls: {ca_file: x}}", "clear text"},
      {"half a key pair",
       "tracing_config: {endpoint: 'https://t', protocol: http, tls: {cert_file: x}}",
       "come together"},
      {"timeout", "tracing_config: {endpoint: t, timeout: 0s}", "timeout: must be above 0"},
      {"loop", "tracing_config: {endpoint: 'localhost:4317'}",
       "our own listener on 127.0.0.1:4317"},
      {"loop to the HTTP listener", "tracing_config: {endpoint: '127.0.0.1:4318'}",
       "our own listener on 127.0.0.1:4318"},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    const auto out = read(c.yaml);
    EXPECT_TRUE(out.report.has_errors());
    EXPECT_NE(out.problems().find(c.problem), std::string::npos) << out.problems();
  }
}

TEST(ReachesListener, KnowsItsOwnAddresses) {
  const std::vector<std::string> own = {"127.0.0.1", "::1", "10.1.2.3"};
  const struct {
    const char *target, *listener;
    bool reaches;
  } cases[] = {
      {"127.0.0.1:1", "127.0.0.1:1", true},  {"127.0.0.1:1", "127.0.0.1:2", false},
      {"127.0.0.2:1", "127.0.0.1:1", false}, {"127.0.0.2:1", ":1", true},
      {"127.0.0.2:1", "0.0.0.0:1", true},    {"localhost:1", "127.0.0.1:1", true},
      {"localhost:1", "[::1]:1", true},      {"localhost:1", "10.1.2.3:1", false},
      {"localhost:1", ":1", true},           {"127.0.0.1:1", "localhost:1", true},
      {"[::1]:1", "[::]:1", true},           {"10.1.2.3:1", ":1", true},
      {"10.1.2.4:1", ":1", false},           {"10.1.2.3:1", "127.0.0.1:1", false},
      {"0.0.0.0:1", "127.0.0.1:1", true},    {"0.0.0.0:1", ":1", true},
      {"0.0.0.0:1", "10.1.2.3:1", false},    {"tempo:1", ":1", false},
      {"127.example.com:1", ":1", false},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(std::string(c.target) + " -> " + c.listener);
    EXPECT_EQ(
        reaches_listener(*loop::parse_host_port(c.target), *loop::parse_host_port(c.listener), own),
        c.reaches);
  }
}

}  // namespace
}  // namespace agent::traces
