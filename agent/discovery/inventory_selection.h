#pragma once
// What one endpoint of a monitor takes from the inventory. Pure. Spec: metrics.md 8.2 to 8.4, 8.8.
#include <string>
#include <vector>

#include "agent/discovery/label_selector.h"
#include "agent/discovery/service_inventory.h"
#include "agent/model/target_group.h"

namespace agent::discovery {

struct InventorySelection {
  enum class From { Services, Pods };
  /// Which meta labels say port and target.
  enum class Role { Endpoints, EndpointSlice };

  std::string job;  ///< the scrape job it belongs to
  From from = From::Services;
  Role role = Role::Endpoints;
  LabelSelector selector;
  NamespaceSelector namespaces;
  std::string monitor;      ///< NAMESPACE/NAME: what a PodMonitor's targets have as job
  std::string port;         ///< by name; wins over target_port
  std::string target_port;  ///< number or name; with neither: all ports
  bool target_port_is_number = false;
  bool port_is_number = false;  ///< PodMonitor's portNumber: no label endpoint comes of it
  bool filter_running = true;
  std::string job_label;
  std::vector<std::string> target_labels;
  std::vector<std::string> pod_target_labels;
};

/// The targets, with the labels of metrics.md 8.3 (8.4 for pods) and the meta labels.
model::TargetGroup select_targets(const InventorySelection& selection,
                                  const ServiceInventory& inventory);

}  // namespace agent::discovery
