#pragma once
// The whole configuration of a running agent, read and checked. Immutable; shared between threads.
#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

#include "agent/base/clock.h"
#include "agent/discovery/metrics_config.h"
#include "agent/export/loki_config.h"
#include "agent/export/remote_write_config.h"
#include "agent/logs/logs_config.h"
#include "agent/traces/traces_config.h"

namespace agent::pipeline {

/// What the command line asks for in place of a usual run of log jobs.
struct DryRun {
  bool print = false;    ///< entries go to stdout; nothing is sent, no position is saved
  bool inspect = false;  ///< what each stage does is printed
};

struct AgentConfig {
  std::string state_dir;  ///< "": memory only
  std::uint64_t memory_limit_bytes = 512ULL << 20U;
  std::uint64_t queue_max_bytes = 1ULL << 30U;  ///< of each outbox
  Duration shutdown_timeout = std::chrono::seconds(25);

  discovery::MetricsConfig metrics;
  std::vector<exporter::RemoteWriteConfig> remote_write;
  logs::LogsConfig logs;
  std::vector<exporter::LokiClientConfig> loki;
  traces::TracesConfig traces;
  DryRun dry_run;
  std::string text;  ///< as YAML for people, secrets masked; of a promtail.yaml, flags included

  std::size_t destinations() const {
    return remote_write.size() + loki.size() + traces.exporters.size();
  }
  /// What one outbox may hold in memory: what its own `queue.max_bytes` says (0: the default), but
  /// all together at most half of the memory limit.
  std::uint64_t outbox_bytes(std::uint64_t own_max_bytes) const {
    const std::uint64_t wanted = own_max_bytes > 0 ? own_max_bytes : queue_max_bytes;
    return std::min(wanted, memory_limit_bytes / 2 / std::max<std::size_t>(destinations(), 1));
  }
};

}  // namespace agent::pipeline
