#pragma once
// Kubernetes objects of the kinds that say what to scrape, wherever they came from. Spec:
// metrics.md 1.1, 8.
#include <string>
#include <vector>

#include "agent/config/node.h"
#include "agent/config/report.h"
#include "agent/discovery/label_selector.h"

namespace agent::discovery {

/// ServiceMonitor, PodMonitor, Probe or ScrapeConfig.
struct MonitorObject {
  std::string kind;
  std::string name;
  std::string name_space = "default";
  ObjectLabels labels;
  config::Node spec;
  config::Mark mark;

  std::string full_name() const { return name_space + "/" + name; }
  /// For messages: "ServiceMonitor default/shop: spec".
  std::string spec_path() const { return kind + " " + full_name() + ": spec"; }
};

/// True for a document of one of those kinds, a ServiceInventory, or a list of them.
bool is_metrics_object(const config::Node& document);

/// Takes a document (a list among them) apart: monitors go to `monitors`, inventories to
/// `inventories`. Two of one kind, namespace and name: an error.
void read_metrics_object(const config::Node& document, config::Report& report,
                         std::vector<MonitorObject>& monitors,
                         std::vector<config::Node>& inventories);

}  // namespace agent::discovery
