#pragma once
// Service discoveries of metrics.md 3 that are checked but not built yet.
#include <string_view>

#include "agent/config/reader.h"

namespace agent::discovery {

/// Checks the list below `key` (`dns_sd_configs`, ...) and warns, with its place, that the job has
/// no targets from it. A kind outside the list is an error that points to http_sd.
void read_unbuilt_discovery(config::Reader& in, std::string_view key);

}  // namespace agent::discovery
