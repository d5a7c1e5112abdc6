#include "agent/app/server_config.h"

#include <cstdlib>

#include <unistd.h>

#include "agent/admin/routes.h"
#include "agent/config/log_keys.h"
#include "agent/net/peer_server_config.h"

namespace agent::app {
namespace {

using config::Keys;
using config::Reader;

void read_log_keys(Reader& in, ServerConfig& out) {
  const config::LogKeys keys = config::read_log_keys(in);
  out.log_level = keys.level;
  out.log_format = keys.format;
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
  std::string out = url.substr(path, url.find_first_of("?#", path) - path);
  while (out.ends_with('/'))
    out.pop_back();
  return out;
}

}  // namespace

ServerConfig read_server_config(const config::Node& node, bool in_container,
                                config::Report& report) {
  ServerConfig out;
  out.limits = admin::admin_limits();
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
  const net::PeerServerConfig server = net::read_peer_server_config(in);
  out.enabled = !in.boolean("disable", false);
  out.listen = server.listen;
  out.limits = server.limits;
  out.tls = server.tls;
  out.enable_lifecycle = in.boolean("enable_runtime_reload", false);
  out.pages.style = admin::PageOptions::Style::Promtail;
  out.pages.reload_by_path = out.enable_lifecycle;
  out.pages.prefix = server.path_prefix;
  out.pages.external_path = path_of_url(in, "external_url");
  out.pages.health_check_target = in.boolean("health_check_target", true);
  out.pages.metrics = in.boolean("register_instrumentation", true);
  out.pages.promtail_names = true;
  in.accept("reload");
  read_log_keys(in, out);
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
