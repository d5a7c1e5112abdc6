#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "agent/discovery/inventory_selection.h"
#include "agent/discovery/names.h"

namespace agent::discovery {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

ServiceInventory inventory_of(const std::string& text, std::string* problem = nullptr) {
  config::Report report;
  ServiceInventory out;
  for (const auto& document : config::parse_documents(text, "inv.yml", report))
    read_service_inventory(document, report, "", out);
  if (problem != nullptr) {
    *problem = report.problems().empty() ? "" : to_string(report.problems().front());
  } else {
    EXPECT_FALSE(report.has_errors()) << to_string(report.problems().front());
  }
  return out;
}

std::vector<std::string> addresses(const InventorySelection& selection,
                                   const ServiceInventory& inventory) {
  std::vector<std::string> out;
  for (const auto& target : select_targets(selection, inventory).targets)
    out.emplace_back(target.get("__address__"));
  return out;
}

InventorySelection all_of(InventorySelection::From from = InventorySelection::From::Services) {
  InventorySelection out;
  out.job = "m/default/x/0";
  out.monitor = "default/x";
  out.from = from;
  out.namespaces.any = true;
  return out;
}

TEST(Inventory, PicksThePortThatIsScraped) {
  const auto inventory = inventory_of(R"(
services:
- name: s
  ports:
  - {name: http, port: 80, targetPort: 8080}
  - {name: grpc, port: 90, targetPort: grpc-in}
  - {port: 70}
  addresses: [a, {address: "fd00::1", ports: {http: 18080}}]
)");
  auto selection = all_of();
  EXPECT_THAT(addresses(selection, inventory), ElementsAre("a:8080", "[fd00::1]:18080", "a:90",
                                                           "[fd00::1]:90", "a:70", "[fd00::1]:70"));
  selection.port = "http";
  EXPECT_THAT(addresses(selection, inventory), ElementsAre("a:8080", "[fd00::1]:18080"));
  selection.port.clear();
  selection.target_port = "18080";
  selection.target_port_is_number = true;
  EXPECT_THAT(addresses(selection, inventory), ElementsAre("[fd00::1]:18080"));
  selection.target_port = "grpc-in";
  selection.target_port_is_number = false;
  EXPECT_THAT(addresses(selection, inventory), ElementsAre("a:90", "[fd00::1]:90"));
}

TEST(Inventory, MetaLabelsAreThoseOfTheRole) {
  const auto inventory = inventory_of(R"(
services:
- name: s
  namespace: n
  labels: {app.kubernetes.io/name: shop, empty: ""}
  annotations: {note: x}
  ports: {http: 80}
  addresses: [{address: a, pod: p, node: w, container: c, instance: i, labels: {v: 1}}]
)");
  auto selection = all_of();
  selection.port = "http";
  selection.pod_target_labels = {"v"};
  const auto target = select_targets(selection, inventory).targets.at(0);
  const std::pair<const char*, const char*> wanted[] = {
      {"__meta_kubernetes_namespace", "n"},
      {"__meta_kubernetes_service_name", "s"},
      {"__meta_kubernetes_service_label_app_kubernetes_io_name", "shop"},
      {"__meta_kubernetes_service_label_empty", ""},
      {"__meta_kubernetes_service_labelpresent_empty", "true"},
      {"__meta_kubernetes_service_annotation_note", "x"},
      {"__meta_kubernetes_endpoint_port_name", "http"},
      {"__meta_kubernetes_endpoint_ready", "true"},
      {"__meta_kubernetes_endpoint_address_target_kind", "Pod"},
      {"__meta_kubernetes_endpoint_address_target_name", "p"},
      {"__meta_kubernetes_endpoint_node_name", "w"},
      {"__meta_kubernetes_pod_label_v", "1"},
      {"__meta_kubernetes_pod_phase", "Running"},
      {"__meta_dunlin_inventory", "inv.yml"},
      {"pod", "p"},
      {"node", ""},
      {"container", "c"},
      {"v", "1"},
      {"instance", "i"},
      {"job", "s"},
      {"endpoint", "http"},
  };
  for (const auto& [name, value] : wanted)
    EXPECT_EQ(target.get(name), value) << name;
  selection.role = InventorySelection::Role::EndpointSlice;
  const auto slice = select_targets(selection, inventory).targets.at(0);
  EXPECT_EQ(slice.get("__meta_kubernetes_endpointslice_port_name"), "http");
  EXPECT_FALSE(slice.has("__meta_kubernetes_endpoint_port_name"));
}

TEST(Inventory, PodsAreTakenByPortNameNumberOrAll) {
  const auto inventory = inventory_of(R"(
pods:
- {name: p, ip: 1.2.3.4, containers: [{name: a, ports: [{name: x, containerPort: 9}]}, {name: b}]}
- {name: done, ip: 1.2.3.5, phase: Failed, containers: [{name: a, ports: [{containerPort: 9}]}]}
- {name: nowhere, containers: [{name: b}]}
)");
  auto selection = all_of(InventorySelection::From::Pods);
  EXPECT_THAT(addresses(selection, inventory), ElementsAre("1.2.3.4:9", "1.2.3.4"));
  selection.filter_running = false;
  selection.port = "9";
  selection.port_is_number = true;
  EXPECT_THAT(addresses(selection, inventory), ElementsAre("1.2.3.4:9", "1.2.3.5:9"));
  EXPECT_FALSE(select_targets(selection, inventory).targets.at(0).has("endpoint"));
  selection.port = "y";
  EXPECT_THAT(addresses(selection, inventory), IsEmpty());
}

TEST(Inventory, ServicesOfOneNameAreUnitedIfTheyAgree) {
  const auto united = inventory_of(
      "services: [{name: s, ports: {p: 1}, addresses: [a]}]\n---\n"
      "services: [{name: s, ports: {p: 1}, addresses: [b]}]");
  EXPECT_THAT(addresses(all_of(), united), ElementsAre("a:1", "b:1"));
  std::string problem;
  (void)inventory_of("services: [{name: s, ports: {p: 1}}, {name: s, ports: {p: 2}}]", &problem);
  EXPECT_THAT(problem, HasSubstr("stands with other ports or labels in inv.yml:1:12"));
}

TEST(Inventory, BadOnesAreErrors) {
  const std::pair<const char*, const char*> cases[] = {
      {"services: [{ports: {p: 1}}]", "services[0].name: this key is required"},
      {"services: [{name: s, ports: {p: 0}}]", "services[0].ports.p"},
      {"services: [{name: s, ports: {p: 65536}}]", "services[0].ports.p"},
      {"services: [{name: s, ports: [{name: p}]}]", "services[0].ports[0].port"},
      {"services: [{name: s, port: 1}]", "services[0].port: unknown key"},
      {"services: [{name: s, addresses: [{node: n}]}]", "services[0].addresses[0].address"},
      {"services: [{name: s, addresses: [\"\"]}]", "must not be empty"},
      {"kind: Inventory", "ServiceInventory is asked here"},
      {"pods: [{name: p, containers: [{name: c, ports: [{name: x}]}]}]", "containerPort"},
      {"[1, 2]", "a map is asked here"},
  };
  for (const auto& [text, wanted] : cases) {
    SCOPED_TRACE(text);
    std::string problem;
    (void)inventory_of(text, &problem);
    EXPECT_THAT(problem, HasSubstr(wanted));
  }
}

TEST(LabelSelector, AllRequirementsHold) {
  const struct {
    const char* selector;
    ObjectLabels labels;
    bool matches;
  } cases[] = {
      {"{}", {}, true},
      {"{matchLabels: {a: b}}", {{"a", "b"}, {"c", "d"}}, true},
      {"{matchLabels: {a: b}}", {{"a", "B"}}, false},
      {"{matchLabels: {a: \"\"}}", {}, false},
      {"{matchLabels: {a: \"\"}}", {{"a", ""}}, true},
      {"{matchExpressions: [{key: a, operator: In, values: [x, y]}]}", {{"a", "y"}}, true},
      {"{matchExpressions: [{key: a, operator: In, values: [x]}]}", {}, false},
      {"{matchExpressions: [{key: a, operator: NotIn, values: [x]}]}", {}, true},
      {"{matchExpressions: [{key: a, operator: NotIn, values: [x]}]}", {{"a", "x"}}, false},
      {"{matchExpressions: [{key: a, operator: Exists}]}", {{"a", ""}}, true},
      {"{matchExpressions: [{key: a, operator: DoesNotExist}]}", {{"a", ""}}, false},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.selector);
    config::Report report;
    const auto selector = read_label_selector(*config::parse(c.selector), report, "s");
    EXPECT_FALSE(report.has_errors());
    EXPECT_EQ(selector.matches(c.labels), c.matches);
  }
  for (const char* bad : {"{matchExpressions: [{key: a, operator: in, values: [b]}]}",
                          "{matchExpressions: [{key: a, operator: In}]}",
                          "{matchExpressions: [{key: a, operator: Exists, values: [b]}]}",
                          "{matchExpressions: [{operator: Exists}]}", "{matchLabel: {a: b}}"}) {
    SCOPED_TRACE(bad);
    config::Report report;
    (void)read_label_selector(*config::parse(bad), report, "s");
    EXPECT_TRUE(report.has_errors());
  }
}

TEST(Names, AreSanitisedAndAddressesJoined) {
  EXPECT_EQ(sanitised_name("app.kubernetes.io/näme-1_X"), "app_kubernetes_io_n__me_1_X");
  EXPECT_EQ(host_and_port("h", "1"), "h:1");
  EXPECT_EQ(host_and_port("::1", "1"), "[::1]:1");
  EXPECT_EQ(host_and_port("[::1]", "1"), "[::1]:1");
  EXPECT_EQ(joined_path("/etc", "a"), "/etc/a");
  EXPECT_EQ(joined_path("/etc/", "a"), "/etc/a");
  EXPECT_EQ(joined_path("/etc", "/a"), "/a");
  EXPECT_EQ(joined_path("", "a"), "a");
  EXPECT_EQ(joined_path("/etc", ""), "");
}

}  // namespace
}  // namespace agent::discovery
