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

TEST(ServerConfig, RefusesWhatItDoesNotKnow) {
  for (const char* text : {"{listen_address: '127.0.0.1'}", "{listen_address: ':99999'}",
                           "{log_level: loud}", "{log_format: xml}", "{listen: ':1'}", "[]"}) {
    SCOPED_TRACE(text);
    config::Report report;
    read_server_config(node_of(text), false, report);
    EXPECT_EQ(report.errors(), 1);
  }
  for (const char* text :
       {"{http_listen_port: 70000}", "{http_path_prefix: /x}", "{http_listen_prot: 1}"}) {
    SCOPED_TRACE(text);
    config::Report report;
    read_promtail_server_config(node_of(text), report);
    EXPECT_EQ(report.errors(), 1);
  }
}

}  // namespace
}  // namespace agent::app
