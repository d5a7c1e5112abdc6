#include "agent/discovery/docker_targets.h"

#include <map>

#include "agent/codec/json.h"
#include "agent/discovery/names.h"
#include "agent/net/http_types.h"

namespace agent::discovery {
namespace {

using codec::JsonValue;

// Containers that share a network name one another; a loop of names must end.
constexpr int kMostHops = 8;

std::string text_of(const JsonValue& object, std::string_view name) {
  const JsonValue* value = object.get(name);
  return value == nullptr ? std::string() : std::string(value->text());
}

std::uint16_t port_of(const JsonValue& object, std::string_view name) {
  constexpr double kMost = 65535;
  const JsonValue* value = object.get(name);
  const double number = value == nullptr ? 0 : value->number();
  return number > 0 && number <= kMost ? static_cast<std::uint16_t>(number) : 0;
}

std::string boolean_of(const JsonValue& object, std::string_view name) {
  const JsonValue* value = object.get(name);
  return value != nullptr && value->boolean() ? "true" : "false";
}

void set_labels_of(const JsonValue& object, const std::string& prefix, model::LabelSet& out) {
  const JsonValue* labels = object.get("Labels");
  if (labels == nullptr) return;
  for (const auto& [name, value] : labels->members())
    out.set(prefix + sanitised_name(name), value.text());
}

struct Container {
  const JsonValue* json = nullptr;
  std::string mode;  // "bridge", "host", "container:<id>"
  model::LabelSet labels;
};

class Targets {
 public:
  explicit Targets(const model::DockerDiscovery& engine) : engine_(engine) {}

  void read_networks(const JsonValue& networks) {
    for (const JsonValue& network : networks.items()) {
      const std::string id = text_of(network, "Id");
      model::LabelSet& labels = networks_[id];
      labels.set("__meta_docker_network_id", id);
      labels.set("__meta_docker_network_name", text_of(network, "Name"));
      labels.set("__meta_docker_network_scope", text_of(network, "Scope"));
      labels.set("__meta_docker_network_internal", boolean_of(network, "Internal"));
      labels.set("__meta_docker_network_ingress", boolean_of(network, "Ingress"));
      set_labels_of(network, "__meta_docker_network_label_", labels);
    }
  }

  model::TargetGroup read_containers(const JsonValue& containers) {
    for (const JsonValue& container : containers.items())
      by_id_.emplace(text_of(container, "Id"), &container);
    for (const JsonValue& container : containers.items())
      add_container(container);
    return std::move(group_);
  }

 private:
  static std::string mode_of(const JsonValue& container) {
    const JsonValue* host = container.get("HostConfig");
    return host == nullptr ? std::string() : text_of(*host, "NetworkMode");
  }

  static std::span<const codec::JsonMember> networks_of(const JsonValue& container) {
    const JsonValue* settings = container.get("NetworkSettings");
    const JsonValue* networks = settings == nullptr ? nullptr : settings->get("Networks");
    return networks == nullptr ? std::span<const codec::JsonMember>() : networks->members();
  }

  // Its own, or those of the container whose network it shares.
  std::span<const codec::JsonMember> shared_networks_of(const JsonValue& container) const {
    constexpr std::string_view kShared = "container:";
    const JsonValue* at = &container;
    for (int hops = 0; hops < kMostHops; ++hops) {
      const auto networks = networks_of(*at);
      const std::string mode = mode_of(*at);
      if (!networks.empty() || !mode.starts_with(kShared)) return networks;
      const auto other = by_id_.find(mode.substr(kShared.size()));
      if (other == by_id_.end()) return {};
      at = other->second;
    }
    return {};
  }

  void add_container(const JsonValue& json) {
    Container container{&json, mode_of(json), {}};
    model::LabelSet& labels = container.labels;
    labels.set("__meta_docker_container_id", text_of(json, "Id"));
    const JsonValue* names = json.get("Names");
    if (names != nullptr && !names->items().empty())
      labels.set("__meta_docker_container_name", names->items()[0].text());
    labels.set("__meta_docker_container_network_mode", container.mode);
    labels.set("__meta_docker_container_image", text_of(json, "Image"));
    labels.set("__meta_docker_container_image_id", text_of(json, "ImageID"));
    set_labels_of(json, "__meta_docker_container_label_", labels);
    // The members are sorted by name: the first one is the first by name.
    auto networks = shared_networks_of(json);
    if (engine_.match_first_network && networks.size() > 1) networks = networks.first(1);
    for (const auto& network : networks)
      add_network(container, network.value);
  }

  void add_network(const Container& container, const JsonValue& network) {
    model::LabelSet labels = container.labels;
    const auto known = networks_.find(text_of(network, "NetworkID"));
    if (known != networks_.end())
      for (const auto& label : known->second)
        labels.set(label.name, label.value);
    const std::string ip = text_of(network, "IPAddress");
    labels.set("__meta_docker_network_ip", ip);
    bool exposes = false;
    const JsonValue* ports = container.json->get("Ports");
    if (ports != nullptr) {
      for (const JsonValue& port : ports->items()) {
        if (text_of(port, "Type") != "tcp") continue;
        add_port(labels, ip, port);
        exposes = true;
      }
    }
    if (exposes) return;
    labels.set("__address__", container.mode == "host"
                                  ? engine_.host_networking_host
                                  : host_and_port(ip, std::to_string(engine_.port)));
    group_.targets.push_back(std::move(labels));
  }

  void add_port(model::LabelSet labels, const std::string& ip, const JsonValue& port) {
    const std::string inside = std::to_string(port_of(port, "PrivatePort"));
    labels.set("__meta_docker_port_private", inside);
    if (const std::uint16_t outside = port_of(port, "PublicPort"); outside > 0) {
      labels.set("__meta_docker_port_public", std::to_string(outside));
      labels.set("__meta_docker_port_public_ip", text_of(port, "IP"));
    }
    labels.set("__address__", host_and_port(ip, inside));
    group_.targets.push_back(std::move(labels));
  }

  const model::DockerDiscovery& engine_;
  std::map<std::string, model::LabelSet> networks_;
  std::map<std::string, const JsonValue*> by_id_;
  model::TargetGroup group_;
};

Result<JsonValue> parse_list(std::string_view text, const char* what, codec::JsonPool& pool) {
  const auto json = codec::parse_json(text, pool);
  if (!json) return json.error().within(what);
  if (!json->is(JsonValue::Kind::Array))
    return Error{ErrorKind::Input, std::string(what) + ": the answer is no list"};
  return *json;
}

}  // namespace

std::string docker_containers_path(const model::DockerDiscovery& engine) {
  std::string out = "/containers/json";
  if (engine.filters.empty()) return out;
  std::string json = "{";
  for (const auto& [name, values] : engine.filters) {
    if (json.size() > 1) json += ',';
    codec::append_json_string(json, name);
    json += ":[";
    for (std::size_t i = 0; i < values.size(); ++i) {
      if (i > 0) json += ',';
      codec::append_json_string(json, values[i]);
    }
    json += ']';
  }
  return out + "?filters=" + net::encode_form(json + "}");
}

Result<model::TargetGroup> docker_targets(const model::DockerDiscovery& engine,
                                          std::string_view containers, std::string_view networks) {
  codec::JsonPool pool;
  const auto container_list = parse_list(containers, "containers", pool);
  if (!container_list) return container_list.error();
  const auto network_list = parse_list(networks, "networks", pool);
  if (!network_list) return network_list.error();
  Targets targets(engine);
  targets.read_networks(*network_list);
  return targets.read_containers(*container_list);
}

}  // namespace agent::discovery
