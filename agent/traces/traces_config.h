#pragma once
// `traces:` and its shorthand `tracing_config:`. Spec: traces.md 1.
#include <string>
#include <vector>

#include "agent/config/node.h"
#include "agent/config/report.h"
#include "agent/loop/tcp.h"
#include "agent/model/otlp_exporter.h"
#include "agent/traces/otlp_config.h"

namespace agent::traces {

/// One address that OTLP arrives at; both transports are served on each.
struct OtlpListenerConfig {
  loop::HostPort address;
  std::uint32_t max_concurrent_streams = 100;
};

struct TracesConfig {
  bool active = false;  ///< false: no section, or `active: false`
  std::vector<OtlpListenerConfig> listeners;
  bool default_addresses = false;  ///< an address was chosen, not written: say so once
  std::uint64_t max_grpc_bytes = 16U << 20U;
  std::uint64_t max_http_bytes = 20U << 20U;
  std::string traces_path = "/v1/traces";
  SamplerConfig sampler;
  model::OtlpBatchConfig batch;
  std::vector<model::OtlpExporterConfig> exporters;
};

/// What the configuration depends on besides its text.
struct Environment {
  bool in_container = false;
  std::vector<std::string> local_addresses;  ///< IP addresses of this machine's interfaces
  std::string folder;                        ///< that files in the section are relative to
};

/// Reads whichever of the two sections is there (absent nodes: neither). Everything wrong goes to
/// `report`: both forms at once, a ratio outside 0..1, an exporter that leads back to one of our
/// own listeners, keys that are not built yet.
TracesConfig read_traces_config(const config::Node& traces_section,
                                const config::Node& tracing_section, const Environment& environment,
                                config::Report& report);

/// Whether connecting to `target` would reach the listener on `listener`. Names other than
/// localhost are not resolved.
bool reaches_listener(const loop::HostPort& target, const loop::HostPort& listener,
                      const std::vector<std::string>& local_addresses);

/// For the log at start: "keeps 50 % of traces (threshold 8)".
std::string describe(const SamplerConfig& sampler);

}  // namespace agent::traces
