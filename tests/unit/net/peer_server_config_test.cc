#include "agent/net/peer_server_config.h"

#include <string>

#include <gtest/gtest.h>

#include "agent/config/node.h"

namespace agent::net {
namespace {

using std::chrono::seconds;

PeerServerConfig read(const std::string& yaml, config::Report& report) {
  config::Reader in(*config::parse(yaml), config::Keys::Strict, report, "server");
  PeerServerConfig out = read_peer_server_config(in);
  (void)in.finish();
  return out;
}

TEST(PeerServerConfig, HasThePeersDefaults) {
  config::Report report;
  const PeerServerConfig config = read("{}", report);
  EXPECT_TRUE(report.problems().empty());
  EXPECT_EQ(loop::to_string(config.listen), ":80");
  EXPECT_EQ(config.path_prefix, "");
  EXPECT_EQ(config.limits.body_timeout, seconds(30));
  EXPECT_EQ(config.limits.header_timeout, seconds(10));
  EXPECT_EQ(config.limits.idle_timeout, seconds(120));
  EXPECT_EQ(config.limits.max_connections, ServerLimits().max_connections);
  EXPECT_FALSE(config.tls);
}

TEST(PeerServerConfig, ReadsWhatIsGiven) {
  config::Report report;
  const PeerServerConfig config = read(R"(
http_listen_address: 127.0.0.1
http_listen_port: 3500
http_listen_conn_limit: 7
grpc_listen_port: 3600
grpc_server_max_recv_msg_size: 4194304
http_path_prefix: /agent/
http_server_read_timeout: 5s
http_server_idle_timeout: 1m
http_server_write_timeout: 1m
graceful_shutdown_timeout: 10s
register_instrumentation: false
http_tls_config: {cert_file: a.pem, key_file: b.pem}
)",
                                       report);
  EXPECT_TRUE(report.problems().empty()) << config::to_string(report.problems().front());
  EXPECT_EQ(loop::to_string(config.listen), "127.0.0.1:3500");
  EXPECT_EQ(config.path_prefix, "/agent");
  EXPECT_EQ(config.limits.max_connections, 7U);
  EXPECT_EQ(config.limits.body_timeout, seconds(5));
  EXPECT_EQ(config.limits.header_timeout, seconds(5));
  EXPECT_EQ(config.limits.idle_timeout, seconds(60));
  EXPECT_TRUE(config.tls);
}

TEST(PeerServerConfig, NoTimeoutIsOurOwn) {
  config::Report report;
  const auto config = read("{http_server_idle_timeout: 0, http_server_read_timeout: 0}", report);
  EXPECT_EQ(config.limits.idle_timeout, ServerLimits().idle_timeout);
  EXPECT_EQ(config.limits.body_timeout, ServerLimits().body_timeout);
}

TEST(PeerServerConfig, NamesWhatIsWrong) {
  const struct {
    const char* yaml;
    const char* problem;
  } cases[] = {
      {"{http_listen_port: 65536}", "server.http_listen_port"},
      {"{http_listen_prot: 1}", "server.http_listen_prot"},
      {"{http_server_read_timeout: -1s}", "server.http_server_read_timeout"},
      {"{http_listen_conn_limit: -1}", "server.http_listen_conn_limit"},
      {"{http_tls_config: {cert_file: a.pem}}", "server.http_tls_config"},
      {"{http_tls_config: {cert_fle: a.pem}}", "server.http_tls_config"},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.yaml);
    config::Report report;
    read(c.yaml, report);
    ASSERT_TRUE(report.has_errors());
    EXPECT_EQ(report.problems().front().path.find(c.problem), 0U)
        << config::to_string(report.problems().front());
  }
}

}  // namespace
}  // namespace agent::net
