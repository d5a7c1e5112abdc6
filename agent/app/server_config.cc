#include "agent/app/server_config.h"

#include <cstdlib>

#include <unistd.h>

namespace agent::app {
namespace {

using config::DurationForm;
using config::Keys;
using config::Reader;

void read_log_keys(Reader& in, ServerConfig& out) {
  if (const auto level = in.optional_string("log_level");
      level && !parse_log_level(*level, out.log_level))
    in.error("log_level", "debug, info, warn or error is asked here, not \"" + *level + "\"");
  const std::string format = in.string("log_format", "logfmt");
  if (format != "logfmt" && format != "json")
    in.error("log_format", "logfmt or json is asked here, not \"" + format + "\"");
  out.log_format = format == "json" ? LogFormat::Json : LogFormat::Logfmt;
}

}  // namespace

ServerConfig read_server_config(const config::Node& node, bool in_container,
                                config::Report& report) {
  ServerConfig out;
  if (in_container) out.listen.host = "0.0.0.0";
  Reader in(node, Keys::Strict, report, "server");
  if (const auto text = in.optional_string("listen_address")) {
    const auto address = loop::parse_host_port(*text);
    if (address) {
      out.listen = *address;
    } else {
      in.error("listen_address", address.error().message);
    }
  }
  out.enable_lifecycle = in.boolean("enable_lifecycle", false);
  read_log_keys(in, out);
  const Status read = in.finish();  // what is wrong stands in the report
  static_cast<void>(read);
  return out;
}

ServerConfig read_promtail_server_config(const config::Node& node, config::Report& report) {
  ServerConfig out;
  Reader in(node, Keys::Strict, report, "server");
  out.enabled = !in.boolean("disable", false);
  out.listen.host = in.string("http_listen_address", "");
  out.listen.port = static_cast<std::uint16_t>(in.integer("http_listen_port", 80, 0, 65535));
  out.enable_lifecycle = in.boolean("enable_runtime_reload", false);
  read_log_keys(in, out);
  if (!in.string("http_path_prefix").empty())
    in.error("http_path_prefix", "this key is not supported yet");
  for (const char* key : {"http_server_read_timeout", "http_server_write_timeout",
                          "http_server_idle_timeout", "graceful_shutdown_timeout"})
    in.duration(key, Duration::zero(), DurationForm::Go);
  for (const char* key : {"grpc_listen_address",
                          "grpc_listen_port",
                          "external_url",
                          "health_check_target",
                          "register_instrumentation",
                          "profiling_enabled",
                          "reload",
                          "http_listen_network",
                          "http_listen_conn_limit",
                          "grpc_listen_network",
                          "grpc_listen_conn_limit",
                          "grpc_server_max_recv_msg_size",
                          "grpc_server_max_send_msg_size",
                          "grpc_server_max_concurrent_streams",
                          "grpc_server_max_connection_idle",
                          "grpc_server_max_connection_age",
                          "grpc_server_max_connection_age_grace",
                          "grpc_server_keepalive_time",
                          "grpc_server_keepalive_timeout",
                          "grpc_server_min_time_between_pings",
                          "grpc_server_ping_without_stream_allowed",
                          "log_source_ips_enabled",
                          "log_source_ips_header",
                          "log_source_ips_regex",
                          "log_request_at_info_level_enabled"})
    in.accept(key);
  for (const char* key : {"http_tls_config", "grpc_tls_config"})
    in.refuse(key, "TLS on the admin server is not supported yet");
  const Status read = in.finish();
  static_cast<void>(read);
  return out;
}

bool runs_in_container() {
  // NOLINTNEXTLINE(concurrency-mt-unsafe): nothing in this process changes its environment
  const char* kubernetes = std::getenv("KUBERNETES_SERVICE_HOST");
  return kubernetes != nullptr || ::access("/.dockerenv", F_OK) == 0 ||
         ::access("/run/.containerenv", F_OK) == 0;
}

}  // namespace agent::app
