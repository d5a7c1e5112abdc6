#include "agent/app/server_config.h"

#include <cstdlib>

#include <unistd.h>

namespace agent::app {
namespace {

using config::DurationForm;
using config::Keys;
using config::Reader;

constexpr const char* kWithoutEffect[] = {"cluster_validation",
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
                                          "http_listen_conn_limit",
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
                                          "reload",
                                          "report_grpc_codes_in_instrumentation_label_enabled",
                                          "tls_cipher_suites",
                                          "tls_min_version",
                                          "trace_request_exclude_headers_list",
                                          "trace_request_headers"};

void read_log_keys(Reader& in, ServerConfig& out) {
  if (const auto level = in.optional_string("log_level");
      level && !parse_log_level(*level, out.log_level))
    in.error("log_level", "debug, info, warn or error is asked here, not \"" + *level + "\"");
  const std::string format = in.string("log_format", "logfmt");
  if (format != "logfmt" && format != "json")
    in.error("log_format", "logfmt or json is asked here, not \"" + format + "\"");
  out.log_format = format == "json" ? LogFormat::Json : LogFormat::Logfmt;
}

void read_compat_metrics(Reader& in, admin::PageOptions& out) {
  out.prometheus_names = !in.has("compat_metrics");
  for (const auto& peer : in.strings("compat_metrics")) {
    if (peer == "promtail") {
      out.promtail_names = true;
    } else if (peer == "prometheus") {
      out.prometheus_names = true;
    } else if (peer == "vmagent") {
      in.warning("compat_metrics", "vmagent's names are not served yet");
    } else {
      in.error("compat_metrics",
               "promtail, prometheus and vmagent are asked here, not \"" + peer + "\"");
    }
  }
}

// "/" + text without slashes at its end; "" for nothing.
std::string path_of(std::string text) {
  while (text.ends_with('/'))
    text.pop_back();
  if (!text.empty() && text[0] != '/') text.insert(0, "/");
  return text;
}

// The path of a URL, as far as links need it.
std::string path_of_url(Reader& in, const char* key) {
  const std::string url = in.string(key);
  if (url.empty()) return {};
  const auto scheme = url.find("://");
  const auto host = scheme == std::string::npos ? std::string::npos : scheme + 3;
  if (host == std::string::npos && url[0] != '/') {
    in.error(key, "a URL is asked here");
    return {};
  }
  const auto path = url.find('/', host == std::string::npos ? 0 : host);
  if (path == std::string::npos) return {};
  return path_of(url.substr(path, url.find_first_of("?#", path) - path));
}

Duration limit_of(Reader& in, const char* key, Duration fallback) {
  const Duration out = in.duration(key, fallback, DurationForm::Go);
  return out > Duration::zero() ? out : fallback;
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
  read_compat_metrics(in, out.pages);
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
  out.pages.style = admin::PageOptions::Style::Promtail;
  out.pages.reload_by_path = out.enable_lifecycle;
  out.pages.prefix = path_of(in.string("http_path_prefix"));
  out.pages.external_path = path_of_url(in, "external_url");
  out.pages.health_check_target = in.boolean("health_check_target", true);
  out.pages.metrics = in.boolean("register_instrumentation", true);
  out.pages.promtail_names = true;
  out.read_timeout = limit_of(in, "http_server_read_timeout", out.read_timeout);
  out.idle_timeout = limit_of(in, "http_server_idle_timeout", out.idle_timeout);
  for (const char* key : {"http_server_read_header_timeout", "http_server_write_timeout",
                          "graceful_shutdown_timeout"})
    in.duration(key, Duration::zero(), DurationForm::Go);
  read_log_keys(in, out);
  // Nothing listens for gRPC, and the rest has no meaning here.
  for (const char* key : kWithoutEffect)
    in.accept(key);
  if (in.has("http_tls_config"))
    in.warning("http_tls_config",
               "TLS on the admin pages is not supported yet; they are served "
               "without it");
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
