#include "agent/net/peer_server_config.h"

#include <algorithm>

#include "agent/config/log_keys.h"

namespace agent::net {
namespace {

constexpr std::int64_t kMostConnections = 1'000'000;

constexpr const char* kAcceptedKeys[] = {"cluster_validation",
                                         "grpc_collect_max_streams_by_conn",
                                         "grpc_listen_address",
                                         "grpc_listen_conn_limit",
                                         "grpc_listen_network",
                                         "grpc_listen_port",
                                         "grpc_server_keepalive_time",
                                         "grpc_server_keepalive_timeout",
                                         "grpc_server_max_concurrent_streams",
                                         "grpc_server_max_connection_age",
                                         "grpc_server_max_connection_age_grace",
                                         "grpc_server_max_connection_idle",
                                         "grpc_server_max_recv_msg_size",
                                         "grpc_server_max_send_msg_size",
                                         "grpc_server_min_time_between_pings",
                                         "grpc_server_num_workers",
                                         "grpc_server_ping_without_stream_allowed",
                                         "grpc_server_recv_buffer_pools_enabled",
                                         "grpc_server_stats_tracking_enabled",
                                         "grpc_tls_config",
                                         "http_listen_network",
                                         "http_log_closed_connections_without_response_enabled",
                                         "log_request_at_info_level_enabled",
                                         "log_request_exclude_headers_list",
                                         "log_request_headers",
                                         "log_source_ips_enabled",
                                         "log_source_ips_full",
                                         "log_source_ips_header",
                                         "log_source_ips_regex",
                                         "profiling_enabled",
                                         "proxy_protocol_enabled",
                                         "register_instrumentation",
                                         "report_grpc_codes_in_instrumentation_label_enabled",
                                         "tls_cipher_suites",
                                         "tls_min_version",
                                         "trace_request_exclude_headers_list",
                                         "trace_request_headers"};

// 0 means "no limit" there; here it is our own.
Duration read_timeout(config::Reader& in, const char* key, Duration fallback, Duration own) {
  const Duration out = in.duration(key, fallback, config::DurationForm::Go);
  if (out < Duration::zero()) in.error(key, "a duration below 0 makes no sense here");
  return out > Duration::zero() ? out : own;
}

void read_limits(config::Reader& in, ServerLimits& out) {
  const auto connections = in.integer("http_listen_conn_limit", 0, 0, kMostConnections);
  if (connections > 0) out.max_connections = static_cast<std::size_t>(connections);
  out.body_timeout =
      read_timeout(in, "http_server_read_timeout", std::chrono::seconds(30), out.body_timeout);
  out.header_timeout = read_timeout(in, "http_server_read_header_timeout", Duration::zero(),
                                    std::min(out.header_timeout, out.body_timeout));
  out.idle_timeout =
      read_timeout(in, "http_server_idle_timeout", std::chrono::seconds(120), out.idle_timeout);
  for (const char* key : {"http_server_write_timeout", "graceful_shutdown_timeout"})
    read_timeout(in, key, Duration::zero(), Duration::zero());
}

// "/" and what is given, without slashes at its end; "" for nothing.
std::string read_prefix(config::Reader& in) {
  std::string out = in.string("http_path_prefix");
  while (out.ends_with('/'))
    out.pop_back();
  if (!out.empty() && out.front() != '/') out.insert(0, "/");
  return out;
}

}  // namespace

PeerServerConfig read_peer_server_config(config::Reader& in) {
  PeerServerConfig out;
  out.listen.host = in.string("http_listen_address");
  out.listen.port = static_cast<std::uint16_t>(in.integer("http_listen_port", 80, 0, 65535));
  out.path_prefix = read_prefix(in);
  read_limits(in, out.limits);
  for (const char* key : kAcceptedKeys)
    in.accept(key);
  const config::Node tls = in.child("http_tls_config");
  if (!tls.is_empty() && !(tls.is_map() && tls.entries().empty())) {
    config::Reader below(tls, config::Keys::Strict, in.report(), in.path_of("http_tls_config"));
    out.tls = read_tls_server_config(below);
    (void)below.finish();  // what is wrong is in the report
  }
  return out;
}

void check_agent_server_keys(config::Reader& in) {
  for (const char* key :
       {"disable", "enable_runtime_reload", "health_check_target", "register_instrumentation"})
    in.boolean(key, false);
  in.string("external_url");
  in.accept("reload");
  config::read_log_keys(in);
}

}  // namespace agent::net
