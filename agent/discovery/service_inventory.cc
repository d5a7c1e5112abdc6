#include "agent/discovery/service_inventory.h"

#include <algorithm>
#include <tuple>

#include "agent/config/reader.h"
#include "agent/discovery/names.h"

namespace agent::discovery {
namespace {

constexpr std::int64_t kMaxPort = 65535;

std::string element(const std::string& path, std::size_t index) {
  return path + "[" + std::to_string(index) + "]";
}

std::string read_port_number(config::Reader& in, std::string_view key) {
  if (!in.has(key)) {
    (void)in.required_string(key);
    return {};
  }
  return std::to_string(in.integer(key, 1, 1, kMaxPort));
}

InventoryPort read_port(const config::Node& node, config::Report& report, const std::string& path) {
  config::Reader in(node, config::Keys::Strict, report, path);
  InventoryPort out;
  out.name = in.string("name");
  out.port = read_port_number(in, "port");
  out.target_port = in.string("targetPort");
  out.protocol = in.string("protocol", out.protocol);
  (void)in.finish();  // what it finds is in the report
  return out;
}

// The short form: {http: 8080}.
std::map<std::string, std::string> read_port_map(config::Reader& in, std::string_view key) {
  std::map<std::string, std::string> out;
  config::Reader ports(in.child(key), config::Keys::Strict, in.report(), in.path_of(key));
  for (const auto& [name, value] : in.map(key))
    out[std::string(name.text())] = read_port_number(ports, name.text());
  return out;
}

std::vector<InventoryPort> read_ports(config::Reader& in) {
  std::vector<InventoryPort> out;
  if (in.child("ports").is_map()) {
    for (const auto& [name, value] : in.child("ports").entries()) {
      config::Reader ports(in.child("ports"), config::Keys::Strict, in.report(),
                           in.path_of("ports"));
      InventoryPort port;
      port.name = name.text();
      port.port = read_port_number(ports, name.text());
      out.push_back(std::move(port));
    }
    return out;
  }
  const auto ports = in.list("ports");
  for (std::size_t i = 0; i < ports.size(); ++i)
    out.push_back(read_port(ports[i], in.report(), element(in.path_of("ports"), i)));
  return out;
}

InventoryAddress read_address(const config::Node& node, config::Report& report,
                              const std::string& path) {
  InventoryAddress out;
  if (node.is_scalar()) {
    out.address = node.text();
    if (out.address.empty()) report.error(node.mark(), path, "an address must not be empty");
    return out;
  }
  config::Reader in(node, config::Keys::Strict, report, path);
  out.address = in.required_string("address");
  out.node = in.string("node");
  out.pod = in.string("pod");
  out.container = in.string("container");
  out.instance = in.string("instance");
  out.phase = in.string("phase", out.pod.empty() ? "" : "Running");
  out.ready = in.boolean("ready", true);
  out.labels = read_text_map(in, "labels");
  out.annotations = read_text_map(in, "annotations");
  out.ports = read_port_map(in, "ports");
  (void)in.finish();  // what it finds is in the report
  return out;
}

InventoryService read_service(const config::Node& node, config::Report& report,
                              const std::string& path) {
  config::Reader in(node, config::Keys::Strict, report, path);
  InventoryService out;
  out.mark = node.mark();
  out.name = in.required_string("name");
  out.name_space = in.string("namespace", out.name_space);
  out.labels = read_text_map(in, "labels");
  out.annotations = read_text_map(in, "annotations");
  out.ports = read_ports(in);
  const auto addresses = in.list("addresses");
  for (std::size_t i = 0; i < addresses.size(); ++i)
    out.addresses.push_back(
        read_address(addresses[i], report, element(in.path_of("addresses"), i)));
  // Nothing said means this host; an empty list means nobody.
  if (!in.has("addresses")) out.addresses.emplace_back();
  (void)in.finish();  // what it finds is in the report
  return out;
}

InventoryContainer read_container(const config::Node& node, config::Report& report,
                                  const std::string& path) {
  config::Reader in(node, config::Keys::Strict, report, path);
  InventoryContainer out;
  out.name = in.required_string("name");
  const auto ports = in.list("ports");
  for (std::size_t i = 0; i < ports.size(); ++i) {
    config::Reader port(ports[i], config::Keys::Strict, report, element(in.path_of("ports"), i));
    InventoryContainer::Port made;
    made.name = port.string("name");
    made.number = read_port_number(port, "containerPort");
    made.protocol = port.string("protocol", made.protocol);
    (void)port.finish();  // what it finds is in the report
    out.ports.push_back(std::move(made));
  }
  (void)in.finish();  // what it finds is in the report
  return out;
}

InventoryPod read_pod(const config::Node& node, config::Report& report, const std::string& path) {
  config::Reader in(node, config::Keys::Strict, report, path);
  InventoryPod out;
  out.mark = node.mark();
  out.name = in.required_string("name");
  out.name_space = in.string("namespace", out.name_space);
  out.labels = read_text_map(in, "labels");
  out.annotations = read_text_map(in, "annotations");
  out.ip = in.string("ip");
  out.node = in.string("node");
  out.phase = in.string("phase", out.phase);
  out.ready = in.boolean("ready", true);
  const auto containers = in.list("containers");
  for (std::size_t i = 0; i < containers.size(); ++i)
    out.containers.push_back(
        read_container(containers[i], report, element(in.path_of("containers"), i)));
  (void)in.finish();  // what it finds is in the report
  return out;
}

bool same_ports(const InventoryService& a, const InventoryService& b) {
  const auto key = [](const InventoryPort& port) {
    return std::tie(port.name, port.port, port.target_port, port.protocol);
  };
  return std::equal(a.ports.begin(), a.ports.end(), b.ports.begin(), b.ports.end(),
                    [&](const auto& x, const auto& y) { return key(x) == key(y); });
}

void add_service(InventoryService service, config::Report& report, const std::string& path,
                 ServiceInventory& into) {
  for (auto& known : into.services) {
    if (known.name != service.name || known.name_space != service.name_space) continue;
    if (known.labels != service.labels || !same_ports(known, service)) {
      report.error(service.mark, path,
                   "service " + service.name_space + "/" + service.name +
                       " stands with other ports or labels in " + to_string(known.mark));
      return;
    }
    known.addresses.insert(known.addresses.end(), service.addresses.begin(),
                           service.addresses.end());
    return;
  }
  into.services.push_back(std::move(service));
}

}  // namespace

void read_service_inventory(const config::Node& node, config::Report& report,
                            const std::string& path, ServiceInventory& into) {
  config::Reader in(node, config::Keys::Strict, report, path);
  for (const char* key : {"apiVersion", "metadata"})
    in.accept(key);
  if (const std::string kind = in.string("kind", "ServiceInventory"); kind != "ServiceInventory")
    in.error("kind", "ServiceInventory is asked here, not \"" + kind + "\"");
  const auto services = in.list("services");
  for (std::size_t i = 0; i < services.size(); ++i) {
    const std::string at = element(in.path_of("services"), i);
    add_service(read_service(services[i], report, at), report, at, into);
  }
  const auto pods = in.list("pods");
  for (std::size_t i = 0; i < pods.size(); ++i)
    into.pods.push_back(read_pod(pods[i], report, element(in.path_of("pods"), i)));
  (void)in.finish();  // what it finds is in the report
}

}  // namespace agent::discovery
