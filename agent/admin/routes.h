#pragma once
#include <string>

#include "agent/admin/page_options.h"
#include "agent/admin/status_source.h"
#include "agent/base/clock.h"
#include "agent/net/http_server.h"
#include "agent/selfmon/metrics.h"

namespace agent::admin {

/// What the routes need. The references outlive the server.
struct Context {
  StatusSource& source;
  const Clock& clock;
  selfmon::Scope scope;           ///< what /metrics shows
  Timestamp started{};            ///< of the process
  bool enable_lifecycle = false;  ///< reload for peers that are not on loopback
  PageOptions pages = {};
};

/// The limits of delivery.md 12: 64 connections, 8 KiB of header, 10 s.
net::ServerLimits admin_limits();

/// Adds the routes of delivery.md 12 and the pages for people to `server`: /, /targets, /metrics,
/// /-/healthy, /-/ready, /ready, /-/reload, /-/ledger, /version, /api/v1/targets.
void install_routes(net::HttpServer& server, Context context);

/// POST /-/reload: open to loopback, and to others with enable_lifecycle.
net::Handler reload_handler(Context context);

}  // namespace agent::admin
