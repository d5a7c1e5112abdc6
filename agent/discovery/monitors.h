#pragma once
// All monitors of a configuration, and where they stand in it. Spec: metrics.md 1.9, 8.
#include <string>
#include <vector>

#include "agent/config/reader.h"
#include "agent/discovery/monitor_context.h"
#include "agent/discovery/monitor_object.h"

namespace agent::discovery {

/// Reads service_monitors, scrape_classes, secrets_dir, monitors and enforced of the section `in`,
/// and makes jobs of `objects` and of what service_monitors names. ServiceInventory documents found
/// on the way are added to `inventories`.
MonitorJobs read_monitors(config::Reader& in, const GlobalConfig& global,
                          std::vector<MonitorObject> objects, const std::string& base_folder,
                          std::vector<config::Node>& inventories);

}  // namespace agent::discovery
