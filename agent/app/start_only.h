#pragma once
#include <string>
#include <vector>

#include "agent/app/load_config.h"

namespace agent::app {

/// The keys whose values differ between what runs and what a reload reads, and which take effect at
/// the next start only: "server.listen_address", "state_dir". A reload says so instead of seeming
/// to follow them.
std::vector<std::string> changed_until_restart(const LoadedConfig& running,
                                               const LoadedConfig& wanted);

}  // namespace agent::app
