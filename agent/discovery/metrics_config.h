#pragma once
// The metrics side of the configuration, read whole. Spec: metrics.md 1, 8.
#include <string>
#include <vector>

#include "agent/config/env_expand.h"
#include "agent/config/node.h"
#include "agent/config/report.h"
#include "agent/discovery/inventory_selection.h"
#include "agent/discovery/service_inventory.h"
#include "agent/model/label_set.h"
#include "agent/model/scrape_job.h"

namespace agent::discovery {

struct MetricsConfig {
  model::LabelSet external_labels;
  /// scrape_configs and monitors; the targets that monitors take from the inventory are in
  /// static_groups, as they are now.
  std::vector<model::ScrapeJob> jobs;
  std::vector<config::Node> remote_write;  ///< untouched
  /// What discovery needs to follow a changing inventory.
  std::vector<InventorySelection> selections;
  ServiceInventory inline_inventory;
  std::vector<std::string> inventory_globs;
};

/// Documents of kind ServiceMonitor, PodMonitor, Probe, ScrapeConfig, ServiceInventory and lists of
/// them, wherever they stand in the configuration.
struct MetricsDocuments {
  std::vector<config::Node> objects;
};

/// `section` is the content of `metrics:`, or a whole prometheus.yml, or absent when there are only
/// objects. Relative paths start at `base_folder`; `path` is that of the section ("metrics", or
/// ""). Files that are named (scrape_config_files, service_monitors, service_inventory) are read.
/// What is wrong goes to `report`; what could be read is returned.
MetricsConfig read_metrics_config(const config::Node& section, const MetricsDocuments& documents,
                                  const std::string& base_folder, config::Report& report,
                                  const std::string& path = {},
                                  const config::Environment& environment = {});

/// Sorts the documents of a configuration: objects into `documents`; returns the metrics section,
/// an absent node where there is none: the value of `metrics:`, or a document that is a
/// prometheus.yml. `path` becomes that of the section.
config::Node split_metrics_documents(const std::vector<config::Node>& all,
                                     MetricsDocuments& documents, std::string& path);

}  // namespace agent::discovery
