#pragma once
// What the objects of metrics.md 8 are read with.
#include <string>
#include <vector>

#include "agent/config/reader.h"
#include "agent/discovery/global_config.h"
#include "agent/discovery/inventory_selection.h"
#include "agent/model/scrape_job.h"

namespace agent::discovery {

/// Settings for all monitors that name it, or for all others if it is the default. Spec: metrics.md
/// 8.7.
struct ScrapeClass {
  std::string name;
  bool is_default = false;
  model::HttpClientConfig http;
  std::string fallback_scrape_protocol;
  std::vector<model::RelabelRule> relabel_rules;
  std::vector<model::RelabelRule> metric_relabel_rules;
};

struct MonitorContext {
  const GlobalConfig& global;
  std::vector<ScrapeClass> classes;
  std::string secrets_dir = "/etc/dunlin/secrets";
  model::ScrapeLimits enforced;  ///< upper bounds; 0: none

  /// The class by that name; for "" the default one. Null: none.
  const ScrapeClass* find_class(const std::string& name) const;
};

/// What a monitor becomes: jobs, and what they take from the inventory.
struct MonitorJobs {
  std::vector<model::ScrapeJob> jobs;
  std::vector<InventorySelection> selections;
};

/// `metrics.scrape_classes`.
std::vector<ScrapeClass> read_scrape_classes(config::Reader& in, const std::string& secrets_dir);

}  // namespace agent::discovery
