#pragma once
#include "agent/config/node.h"
#include "agent/logs/source.h"

namespace agent::logs {

/// The `gelf` key of a job: GELF over UDP, plain, gzip or zlib, whole or in chunks.
/// Spec: logs.md 2.6.
SourceMaker read_gelf_source(const config::Node& options, const SourceSite& site);

}  // namespace agent::logs
