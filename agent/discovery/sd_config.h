#pragma once
// Where a job's targets come from, as scrape_configs say it. Spec: metrics.md 3.
#include <string>

#include "agent/config/reader.h"
#include "agent/model/scrape_job.h"

namespace agent::discovery {

/// Reads static_configs, file_sd_configs, docker_sd_configs and every other `*_sd_configs` of a
/// job. Kinds that are not built yet are checked and warned about; unknown ones are errors that
/// point to http_sd.
void read_discovery(config::Reader& in, const std::string& base_folder, model::ScrapeJob& job);

/// A list of groups {targets, labels} as static_configs and files have it; `source` names the
/// groups ("source#0", ...), and `names` tells which label names are allowed. What is wrong goes to
/// the report.
std::vector<model::TargetGroup> read_target_groups(
    const std::vector<config::Node>& groups, config::Report& report, const std::string& path,
    const std::string& source, model::NameValidation names = model::NameValidation::Utf8);

/// One element of file_sd_configs (or of fileSDConfigs with `refresh_key` refreshInterval).
model::FileDiscovery read_file_sd(const config::Node& node, config::Report& report,
                                  const std::string& path, const std::string& base_folder,
                                  std::string_view refresh_key);

}  // namespace agent::discovery
