#include "agent/discovery/service_monitor.h"

#include "agent/base/strings.h"
#include "agent/discovery/job_settings_reader.h"
#include "agent/discovery/monitor_settings.h"

namespace agent::discovery {
namespace {

// What all endpoints of one monitor share.
struct Shared {
  model::ScrapeJob job;
  InventorySelection selection;
};

Shared read_spec(const MonitorObject& object, const MonitorContext& context, config::Reader& spec) {
  Shared out;
  out.job = context.global.defaults;
  read_monitor_limits(spec, context, out.job);
  auto& selection = out.selection;
  selection.monitor = object.full_name();
  selection.selector =
      read_label_selector(spec.child("selector"), spec.report(), spec.path_of("selector"));
  selection.namespaces =
      read_namespace_selector(spec.child("namespaceSelector"), spec.report(),
                              spec.path_of("namespaceSelector"), object.name_space);
  selection.job_label = spec.string("jobLabel");
  selection.pod_target_labels = spec.strings("podTargetLabels");
  // Both mechanisms mean the literal comparison here (metrics.md 8.1).
  if (const auto mechanism = spec.optional_string("selectorMechanism"))
    if (*mechanism != "RelabelConfig" && *mechanism != "RoleSelector")
      spec.error("selectorMechanism", "RelabelConfig or RoleSelector is asked here");
  spec.accept("attachMetadata");  // inventories have no node objects to take labels from
  return out;
}

void read_target_port(config::Reader& in, InventorySelection& selection) {
  const config::Node node = in.child("targetPort");
  selection.target_port = in.string("targetPort");
  selection.target_port_is_number = !node.quoted() && config::looks_like_number_or_boolean(node) &&
                                    !selection.target_port.empty();
}

// `job` and `selection` start as copies of what the monitor's endpoints share.
void read_endpoint(config::Reader& spec, config::Reader& in, const MonitorObject& object,
                   const MonitorContext& context, model::ScrapeJob job,
                   InventorySelection selection, const std::string& name, MonitorJobs& into) {
  job.name = selection.job = name;
  read_timing(in, "interval", "scrapeTimeout", job);
  read_monitor_request(in, context, object.name_space, "path", job);
  selection.port = in.string("port");
  read_target_port(in, selection);
  if (selection.from == InventorySelection::From::Pods && selection.port.empty() &&
      in.has("portNumber")) {
    selection.port = std::to_string(in.integer("portNumber", 1, 1, 65535));
    selection.port_is_number = true;
  }
  selection.filter_running = in.boolean("filterRunning", true);
  apply_scrape_class(spec, context, job);
  append_rules(in, "relabelings", job.name_validation, job.relabel_rules);
  append_rules(in, "metricRelabelings", job.name_validation, job.metric_relabel_rules);
  (void)in.finish();  // what it finds is in the report
  into.jobs.push_back(std::move(job));
  into.selections.push_back(std::move(selection));
}

void read_endpoints(config::Reader& spec, std::string_view key, const std::string& prefix,
                    const MonitorObject& object, const MonitorContext& context,
                    const Shared& shared, MonitorJobs& into) {
  if (!spec.has(key)) spec.error(key, "this key is required; it may be an empty list");
  const auto endpoints = spec.list(key);
  const std::string job_prefix = prefix + "/" + object.full_name() + "/";
  for (std::size_t i = 0; i < endpoints.size(); ++i) {
    const std::string index = std::to_string(i);
    config::Reader in(endpoints[i], config::Keys::Strict, spec.report(),
                      spec.path_of(key) + "[" + index + "]");
    read_endpoint(spec, in, object, context, shared.job, shared.selection, job_prefix + index,
                  into);
  }
  spec.accept("scrapeClass");
  (void)spec.finish();  // what it finds is in the report
}

}  // namespace

void read_service_monitor(const MonitorObject& object, const MonitorContext& context,
                          config::Report& report, MonitorJobs& into) {
  config::Reader spec(object.spec, config::Keys::Strict, report, object.spec_path());
  Shared shared = read_spec(object, context, spec);
  shared.selection.target_labels = spec.strings("targetLabels");
  if (const auto role = spec.optional_string("serviceDiscoveryRole")) {
    if (*role == "EndpointSlice") {
      shared.selection.role = InventorySelection::Role::EndpointSlice;
    } else if (*role != "Endpoints") {
      spec.error("serviceDiscoveryRole", "Endpoints or EndpointSlice is asked here");
    }
  }
  read_endpoints(spec, "endpoints", "serviceMonitor", object, context, shared, into);
}

void read_pod_monitor(const MonitorObject& object, const MonitorContext& context,
                      config::Report& report, MonitorJobs& into) {
  config::Reader spec(object.spec, config::Keys::Strict, report, object.spec_path());
  Shared shared = read_spec(object, context, spec);
  shared.selection.from = InventorySelection::From::Pods;
  read_endpoints(spec, "podMetricsEndpoints", "podMonitor", object, context, shared, into);
}

}  // namespace agent::discovery
