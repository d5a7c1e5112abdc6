#pragma once
// The whole inventory: what stands in the configuration, and the files it names.
#include <string>
#include <vector>

#include "agent/config/report.h"
#include "agent/discovery/service_inventory.h"

namespace agent::discovery {

/// `inline_part` and every document of the files that `globs` match. What is wrong goes to
/// `report`.
ServiceInventory load_inventory(const ServiceInventory& inline_part,
                                const std::vector<std::string>& globs, config::Report& report);

}  // namespace agent::discovery
