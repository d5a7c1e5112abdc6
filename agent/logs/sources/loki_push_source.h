#pragma once
#include "agent/config/node.h"
#include "agent/logs/source.h"

namespace agent::logs {

/// The `loki_push_api` key of a job: a listener of its own that takes Loki's push requests and
/// plain lines. Spec: logs.md 2.5.
SourceMaker read_loki_push_source(const config::Node& options, const SourceSite& site);

}  // namespace agent::logs
