#pragma once
// Where log jobs read, as the pages of Promtail show it. Pure.
#include <string>

#include "agent/admin/status_source.h"

namespace agent::admin {

/// Active targets with the files that each leads to and how far they are read.
std::string render_log_targets(const Snapshot& snapshot);
/// Every target that was found: what it was before relabelling, after it, or why it was dropped.
/// Targets of scrapes and of log jobs.
std::string render_discovery(const Snapshot& snapshot);
/// The same as JSON: {"logs": [{job, kind, discoveredLabels, labels, ready, dropped}], "metrics":
/// [{job, discoveredLabels, labels}]}.
std::string discovery_json(const Snapshot& snapshot);

/// True where one target of the log jobs is ready: Promtail's idea of being ready.
bool has_ready_log_target(const Snapshot& snapshot);

}  // namespace agent::admin
