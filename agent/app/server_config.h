#pragma once
#include <optional>
#include <string>

#include "agent/admin/page_options.h"
#include "agent/base/log.h"
#include "agent/config/reader.h"
#include "agent/loop/tcp.h"
#include "agent/net/http_server.h"
#include "agent/net/tls_server_config.h"

namespace agent::app {

/// The admin server and the agent's own log. Spec: delivery.md 12, logs.md 1.2.
struct ServerConfig {
  bool enabled = true;
  loop::HostPort listen{"127.0.0.1", 9080};
  bool enable_lifecycle = false;  ///< reload from other hosts than this one
  admin::PageOptions pages;
  net::ServerLimits limits;
  std::optional<net::TlsServerConfig> tls;
  LogLevel log_level = LogLevel::Info;
  LogFormat log_format = LogFormat::Logfmt;
};

/// Our own `server:`.
ServerConfig read_server_config(const config::Node& node, bool in_container,
                                config::Report& report);
/// The `server:` of a bare promtail.yaml: its keys and its defaults (port 80).
ServerConfig read_promtail_server_config(const config::Node& node, config::Report& report);

/// True in a container or pod: KUBERNETES_SERVICE_HOST is set, or /.dockerenv or /run/.containerenv
/// exists. Decides the default listen addresses. Spec: traces.md 1.1.
bool runs_in_container();

}  // namespace agent::app
