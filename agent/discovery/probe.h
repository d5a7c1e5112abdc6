#pragma once
// Probe and ScrapeConfig to scrape jobs. Spec: metrics.md 8.5.
#include "agent/discovery/monitor_context.h"
#include "agent/discovery/monitor_object.h"

namespace agent::discovery {

/// `probe/NAMESPACE/NAME`, added to `into`. What is wrong goes to `report`.
void read_probe(const MonitorObject& object, const MonitorContext& context, config::Report& report,
                MonitorJobs& into);
/// `scrapeConfig/NAMESPACE/NAME`. `base_folder` is where relative files of fileSDConfigs start.
void read_scrape_config(const MonitorObject& object, const MonitorContext& context,
                        const std::string& base_folder, config::Report& report, MonitorJobs& into);

}  // namespace agent::discovery
