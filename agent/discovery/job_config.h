#pragma once
// One element of scrape_configs. Spec: metrics.md 1.4.
#include <string>

#include "agent/config/node.h"
#include "agent/config/report.h"
#include "agent/discovery/global_config.h"
#include "agent/model/scrape_job.h"

namespace agent::discovery {

/// Relative paths in the job start at `base_folder`. What is wrong goes to `report`.
model::ScrapeJob read_job(const config::Node& node, const GlobalConfig& global,
                          const std::string& base_folder, config::Report& report,
                          const std::string& path);

}  // namespace agent::discovery
