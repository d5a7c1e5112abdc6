#include "agent/app/server_config.h"

#include <gtest/gtest.h>

namespace agent::app {
namespace {

config::Node node_of(const char* text) {
  const auto node = config::parse(text);
  EXPECT_TRUE(node);
  return *node;
}

TEST(ServerConfig, ReadsOurKeys) {
  config::Report report;
  const auto config = read_server_config(
      node_of(
          "{listen_address: ':9999', enable_lifecycle: true, log_level: debug, log_format: json}"),
      false, report);
  EXPECT_FALSE(report.has_errors());
  EXPECT_EQ(config.listen.port, 9999);
  EXPECT_TRUE(config.enable_lifecycle);
  EXPECT_EQ(config.log_level, LogLevel::Debug);
  EXPECT_EQ(config.log_format, LogFormat::Json);
}

TEST(ServerConfig, ListensOnLoopbackButInAContainerOnAllAddresses) {
  config::Report report;
  EXPECT_EQ(loop::to_string(read_server_config(node_of("{}"), false, report).listen),
            "127.0.0.1:9080");
  EXPECT_EQ(loop::to_string(read_server_config(node_of("{}"), true, report).listen),
            "0.0.0.0:9080");
  EXPECT_EQ(
      loop::to_string(
          read_server_config(node_of("{listen_address: '127.0.0.1:1'}"), true, report).listen),
      "127.0.0.1:1");
}

TEST(ServerConfig, ReadsPromtailsKeysWithItsDefaults) {
  config::Report report;
  const auto config =
      read_promtail_server_config(node_of("{http_listen_port: 9081, grpc_listen_port: 0, "
                                          "log_level: warn, graceful_shutdown_timeout: 30s}"),
                                  report);
  EXPECT_FALSE(report.has_errors());
  EXPECT_EQ(config.listen.port, 9081);
  EXPECT_EQ(config.log_level, LogLevel::Warn);
  EXPECT_EQ(read_promtail_server_config(node_of("{}"), report).listen.port, 80);
  EXPECT_FALSE(read_promtail_server_config(node_of("{disable: true}"), report).enabled);
}

TEST(ServerConfig, ReadsWhatPromtailsPagesAreLike) {
  config::Report report;
  const auto config = read_promtail_server_config(
      node_of("{http_path_prefix: logs/, external_url: 'https://h:1/node/?x=/', "
              "health_check_target: no, enable_runtime_reload: true, "
              "register_instrumentation: false, http_server_read_timeout: 3s, "
              "http_server_idle_timeout: 1m, http_tls_config: {cert_file: x, key_file: y}, "
              "grpc_server_max_recv_msg_size: 1, log_source_ips_enabled: true}"),
      report);
  EXPECT_FALSE(report.has_errors());
  EXPECT_TRUE(config.tls.has_value());
  EXPECT_EQ(config.pages.style, admin::PageOptions::Style::Promtail);
  EXPECT_EQ(config.pages.prefix, "/logs");
  EXPECT_EQ(config.pages.base(), "/node/logs");
  EXPECT_FALSE(config.pages.health_check_target);
  EXPECT_TRUE(config.pages.reload_by_path);
  EXPECT_FALSE(config.pages.metrics);
  EXPECT_EQ(config.limits.body_timeout, std::chrono::seconds(3));
  EXPECT_EQ(config.limits.idle_timeout, std::chrono::minutes(1));
  const auto plain = read_promtail_server_config(node_of("{external_url: 'http://h'}"), report);
  EXPECT_EQ(plain.pages.base(), "");
  EXPECT_TRUE(plain.pages.health_check_target);
}

TEST(ServerConfig, NamesOfPeersOnTheMetricsPage) {
  const struct {
    const char *name, *yaml;
    bool promtail, prometheus;
  } cases[] = {
      {"ours, default", "{}", false, true},
      {"none", "{compat_metrics: []}", false, false},
      {"both", "{compat_metrics: [promtail, prometheus]}", true, true},
      {"one", "{compat_metrics: [promtail]}", true, false},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    config::Report report;
    const auto config = read_server_config(node_of(c.yaml), false, report);
    EXPECT_TRUE(report.problems().empty());
    EXPECT_EQ(config.pages.promtail_names, c.promtail);
    EXPECT_EQ(config.pages.prometheus_names, c.prometheus);
  }
  config::Report report;
  const auto promtail = read_promtail_server_config(node_of("{}"), report);
  EXPECT_TRUE(promtail.pages.promtail_names);
  EXPECT_FALSE(promtail.pages.prometheus_names);
  read_server_config(node_of("{compat_metrics: [loki]}"), false, report);
  EXPECT_EQ(report.errors(), 1);
}

TEST(ServerConfig, RefusesWhatItDoesNotKnow) {
  for (const char* text : {"{listen_address: '127.0.0.1'}", "{listen_address: ':99999'}",
                           "{log_level: loud}", "{log_format: xml}", "{listen: ':1'}", "[]"}) {
    SCOPED_TRACE(text);
    config::Report report;
    read_server_config(node_of(text), false, report);
    EXPECT_EQ(report.errors(), 1);
  }
  for (const char* text :
       {"{http_listen_port: 70000}", "{external_url: no-url}", "{http_listen_prot: 1}"}) {
    SCOPED_TRACE(text);
    config::Report report;
    read_promtail_server_config(node_of(text), report);
    EXPECT_EQ(report.errors(), 1);
  }
}

}  // namespace
}  // namespace agent::app
