#pragma once
// The `server` block that Promtail has, for itself and once more for each source that listens.
#include <optional>
#include <string>

#include "agent/config/reader.h"
#include "agent/loop/tcp.h"
#include "agent/net/http_server.h"
#include "agent/net/tls_server_config.h"

namespace agent::net {

/// Spec: logs.md 1.2.
struct PeerServerConfig {
  loop::HostPort listen{"", 80};
  std::string path_prefix;  ///< "" or "/agent": in front of all paths
  ServerLimits limits;
  std::optional<TlsServerConfig> tls;  ///< http_tls_config
};

/// Reads the keys of where and how to listen; those of gRPC, on which nothing listens, and those of
/// request logs are accepted. Faults go into the report of `in`, whose finish() is the caller's, as
/// are the keys log_level, log_format and those that only Promtail's own server has.
PeerServerConfig read_peer_server_config(config::Reader& in);

/// Checks those keys in the `server` of a source, where they have no effect: the log and the pages
/// are the agent's.
void check_agent_server_keys(config::Reader& in);

}  // namespace agent::net
