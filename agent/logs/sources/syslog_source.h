#pragma once
#include "agent/config/node.h"
#include "agent/logs/source.h"

namespace agent::logs {

/// The `syslog` key of a job: RFC 5424 and RFC 3164 over TCP, TLS or UDP. Spec: logs.md 2.4.
SourceMaker read_syslog_source(const config::Node& options, const SourceSite& site);

}  // namespace agent::logs
