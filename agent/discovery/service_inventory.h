#pragma once
// The services and pods that monitors select from where there is no Kubernetes. Spec:
// metrics.md 8.8.
#include <map>
#include <string>
#include <vector>

#include "agent/config/node.h"
#include "agent/config/report.h"
#include "agent/discovery/label_selector.h"

namespace agent::discovery {

struct InventoryPort {
  std::string name;
  std::string port;         ///< a number, as text
  std::string target_port;  ///< number or name; may be empty
  std::string protocol = "TCP";
};

struct InventoryAddress {
  std::string address = "localhost";
  std::string node, pod, container, instance;
  std::string phase;  ///< "Running" when pod is given and nothing else is said
  bool ready = true;
  ObjectLabels labels, annotations;
  std::map<std::string, std::string> ports;  ///< other numbers, by port name
};

struct InventoryService {
  config::Mark mark;
  std::string name;
  std::string name_space = "default";
  ObjectLabels labels, annotations;
  std::vector<InventoryPort> ports;
  std::vector<InventoryAddress> addresses;
};

struct InventoryContainer {
  std::string name;
  struct Port {
    std::string name;
    std::string number;
    std::string protocol = "TCP";
  };
  std::vector<Port> ports;
};

struct InventoryPod {
  config::Mark mark;
  std::string name;
  std::string name_space = "default";
  ObjectLabels labels, annotations;
  std::string ip, node;
  std::string phase = "Running";
  bool ready = true;
  std::vector<InventoryContainer> containers;
};

struct ServiceInventory {
  std::vector<InventoryService> services;
  std::vector<InventoryPod> pods;
};

/// Adds what the document `node` says to `into`. A service that is known already gets the addresses
/// too if ports and labels agree; else it is an error. What is wrong goes to `report`.
void read_service_inventory(const config::Node& node, config::Report& report,
                            const std::string& path, ServiceInventory& into);

}  // namespace agent::discovery
