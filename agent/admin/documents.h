#pragma once
// Snapshots as JSON. Pure: status in, text out.
#include <string>
#include <string_view>

#include "agent/admin/status_source.h"
#include "agent/base/clock.h"

namespace agent::admin {

/// "2026-11-22T18:00:00.25Z"; the zero time of Go ("0001-01-01T00:00:00Z") for the epoch, which
/// means never.
std::string format_rfc3339(Timestamp time);

/// Why the agent is not ready, each reason once; empty: it is.
std::vector<std::string> reasons_not_ready(const Snapshot& snapshot);

/// {"ready": false, "reasons": [...]}
std::string readiness_json(const Snapshot& snapshot);
/// {"balanced": true, "sums": {...}, "entries": [{signal, destination, in, ..., balance}]}. Spec:
/// delivery.md 8.
std::string ledger_json(const Snapshot& snapshot);
/// Prometheus' /api/v1/targets with its parameters state and scrapePool. Spec: metrics.md 9.1.
std::string targets_json(const Snapshot& snapshot, std::string_view query);
/// {"product": "dunlin", "version": ...}
std::string version_json();

}  // namespace agent::admin
