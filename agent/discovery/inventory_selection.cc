#include "agent/discovery/inventory_selection.h"

#include <algorithm>

#include "agent/discovery/names.h"

namespace agent::discovery {
namespace {

using model::LabelSet;
constexpr std::string_view kMeta = "__meta_kubernetes_";

bool is_number(std::string_view text) {
  return !text.empty() &&
         std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

void set_meta(LabelSet& labels, std::string_view name, std::string_view value) {
  labels.set(std::string(kMeta) + std::string(name), value);
}

// KIND_label_X and its twin KIND_labelpresent_X, which tells an empty value from an absent one.
void set_object_meta(LabelSet& labels, const std::string& kind, const ObjectLabels& object,
                     const char* what) {
  const std::string value_prefix = kind + "_" + what + "_";
  const std::string present_prefix = kind + "_" + what + "present_";
  for (const auto& [key, value] : object) {
    const std::string name = sanitised_name(key);
    set_meta(labels, value_prefix + name, value);
    set_meta(labels, present_prefix + name, "true");
  }
}

bool is_finished(std::string_view phase) { return phase == "Failed" || phase == "Succeeded"; }

void copy_labels(const std::vector<std::string>& wanted, const ObjectLabels& from,
                 LabelSet& labels) {
  for (const auto& key : wanted) {
    const auto at = from.find(key);
    if (at != from.end() && !at->second.empty()) labels.set(sanitised_name(key), at->second);
  }
}

std::string value_of(const ObjectLabels& labels, const std::string& key) {
  const auto at = labels.find(key);
  return key.empty() || at == labels.end() ? std::string() : at->second;
}

std::string file_of(const config::Mark& mark) { return mark.file; }

// One service x port x address.
struct Candidate {
  const InventoryService& service;
  const InventoryPort& port;
  const InventoryAddress& address;

  std::string scraped_port() const {
    const auto own = address.ports.find(port.name);
    if (!port.name.empty() && own != address.ports.end()) return own->second;
    return is_number(port.target_port) ? port.target_port : port.port;
  }
  std::string target_port_name() const {
    return port.target_port.empty() || is_number(port.target_port) ? port.name : port.target_port;
  }
};

bool takes(const InventorySelection& selection, const Candidate& candidate) {
  if (selection.filter_running && is_finished(candidate.address.phase)) return false;
  if (!selection.port.empty()) return candidate.port.name == selection.port;
  if (selection.target_port.empty()) return true;
  return selection.target_port_is_number ? candidate.scraped_port() == selection.target_port
                                         : candidate.target_port_name() == selection.target_port;
}

void set_endpoint_meta(const InventorySelection& selection, const Candidate& candidate,
                       LabelSet& labels) {
  const bool slice = selection.role == InventorySelection::Role::EndpointSlice;
  const std::string prefix = slice ? "endpointslice_" : "endpoint_";
  const auto& address = candidate.address;
  set_meta(labels, prefix + "port_name", candidate.port.name);
  set_meta(labels, prefix + "port_protocol", candidate.port.protocol);
  set_meta(labels, slice ? "endpointslice_endpoint_conditions_ready" : "endpoint_ready",
           address.ready ? "true" : "false");
  set_meta(labels, slice ? "endpointslice_endpoint_node_name" : "endpoint_node_name", address.node);
  const bool is_pod = !address.pod.empty();
  if (is_pod || !address.node.empty()) {
    set_meta(labels, prefix + "address_target_kind", is_pod ? "Pod" : "Node");
    set_meta(labels, prefix + "address_target_name", is_pod ? address.pod : address.node);
  }
  if (!is_pod) return;
  set_meta(labels, "pod_name", address.pod);
  set_meta(labels, "pod_phase", address.phase);
  set_meta(labels, "pod_node_name", address.node);
  set_meta(labels, "pod_container_name", address.container);
  set_object_meta(labels, "pod", address.labels, "label");
  set_object_meta(labels, "pod", address.annotations, "annotation");
}

LabelSet service_target(const InventorySelection& selection, const Candidate& candidate) {
  const auto& [service, port, address] = candidate;
  LabelSet labels;
  labels.set("__address__", host_and_port(address.address, candidate.scraped_port()));
  labels.set("__meta_dunlin_inventory", file_of(service.mark));
  set_meta(labels, "namespace", service.name_space);
  set_meta(labels, "service_name", service.name);
  set_object_meta(labels, "service", service.labels, "label");
  set_object_meta(labels, "service", service.annotations, "annotation");
  set_endpoint_meta(selection, candidate, labels);

  labels.set("__tmp_prometheus_job_name", selection.job);
  if (address.pod.empty()) labels.set("node", address.node);
  labels.set("namespace", service.name_space);
  labels.set("service", service.name);
  labels.set("pod", address.pod);
  labels.set("container", address.container);
  copy_labels(selection.target_labels, service.labels, labels);
  copy_labels(selection.pod_target_labels, address.labels, labels);
  const std::string job = value_of(service.labels, selection.job_label);
  labels.set("job", job.empty() ? service.name : job);
  const std::string& endpoint = selection.port.empty() ? selection.target_port : selection.port;
  if (!endpoint.empty()) labels.set("endpoint", endpoint);
  if (!address.instance.empty()) labels.set("instance", address.instance);
  return labels;
}

bool takes(const InventorySelection& selection, const InventoryContainer::Port& port) {
  if (!selection.port.empty())
    return (selection.port_is_number ? port.number : port.name) == selection.port;
  if (selection.target_port.empty()) return true;
  return (selection.target_port_is_number ? port.number : port.name) == selection.target_port;
}

// `port` may be null: a container without ports, by its bare address.
LabelSet pod_target(const InventorySelection& selection, const InventoryPod& pod,
                    const InventoryContainer& container, const InventoryContainer::Port* port) {
  LabelSet labels;
  labels.set("__address__", port == nullptr ? pod.ip : host_and_port(pod.ip, port->number));
  labels.set("__meta_dunlin_inventory", file_of(pod.mark));
  set_meta(labels, "namespace", pod.name_space);
  set_meta(labels, "pod_name", pod.name);
  set_meta(labels, "pod_ip", pod.ip);
  set_meta(labels, "pod_phase", pod.phase);
  set_meta(labels, "pod_ready", pod.ready ? "true" : "false");
  set_meta(labels, "pod_node_name", pod.node);
  set_meta(labels, "pod_container_name", container.name);
  if (port != nullptr) {
    set_meta(labels, "pod_container_port_name", port->name);
    set_meta(labels, "pod_container_port_number", port->number);
    set_meta(labels, "pod_container_port_protocol", port->protocol);
  }
  set_object_meta(labels, "pod", pod.labels, "label");
  set_object_meta(labels, "pod", pod.annotations, "annotation");

  labels.set("__tmp_prometheus_job_name", selection.job);
  labels.set("namespace", pod.name_space);
  labels.set("container", container.name);
  labels.set("pod", pod.name);
  copy_labels(selection.pod_target_labels, pod.labels, labels);
  const std::string job = value_of(pod.labels, selection.job_label);
  labels.set("job", job.empty() ? selection.monitor : job);
  const std::string& endpoint = selection.port.empty() ? selection.target_port : selection.port;
  if (!endpoint.empty() && !selection.port_is_number) labels.set("endpoint", endpoint);
  return labels;
}

void add_service_targets(const InventorySelection& selection, const InventoryService& service,
                         std::vector<LabelSet>& out) {
  for (const auto& port : service.ports) {
    for (const auto& address : service.addresses) {
      const Candidate candidate{service, port, address};
      if (takes(selection, candidate)) out.push_back(service_target(selection, candidate));
    }
  }
}

void add_pod_targets(const InventorySelection& selection, const InventoryPod& pod,
                     std::vector<LabelSet>& out) {
  if (pod.ip.empty() || (selection.filter_running && is_finished(pod.phase))) return;
  const bool any_port = selection.port.empty() && selection.target_port.empty();
  for (const auto& container : pod.containers) {
    if (container.ports.empty() && any_port)
      out.push_back(pod_target(selection, pod, container, nullptr));
    for (const auto& port : container.ports)
      if (takes(selection, port)) out.push_back(pod_target(selection, pod, container, &port));
  }
}

}  // namespace

model::TargetGroup select_targets(const InventorySelection& selection,
                                  const ServiceInventory& inventory) {
  model::TargetGroup out;
  out.source = selection.job;
  const auto is_selected = [&](const auto& object) {
    return selection.namespaces.matches(object.name_space) &&
           selection.selector.matches(object.labels);
  };
  if (selection.from == InventorySelection::From::Services) {
    for (const auto& service : inventory.services)
      if (is_selected(service)) add_service_targets(selection, service, out.targets);
  } else {
    for (const auto& pod : inventory.pods)
      if (is_selected(pod)) add_pod_targets(selection, pod, out.targets);
  }
  return out;
}

}  // namespace agent::discovery
