#pragma once
#include "agent/base/log.h"
#include "agent/config/reader.h"

namespace agent::config {

/// What every `server` section says of the log.
struct LogKeys {
  LogLevel level = LogLevel::Info;
  LogFormat format = LogFormat::Logfmt;
};
/// Reads log_level and log_format; faults go to the report of `in`.
LogKeys read_log_keys(Reader& in);

}  // namespace agent::config
