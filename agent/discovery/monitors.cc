#include "agent/discovery/monitors.h"

#include <algorithm>

#include "agent/base/files.h"
#include "agent/discovery/glob.h"
#include "agent/discovery/names.h"
#include "agent/discovery/probe.h"
#include "agent/discovery/service_monitor.h"

namespace agent::discovery {
namespace {

// Which objects are taken: `monitors: {selector, namespaces}`.
struct Taken {
  LabelSelector selector;
  std::vector<std::string> namespaces;

  bool takes(const MonitorObject& object) const {
    const bool named = namespaces.empty() || std::find(namespaces.begin(), namespaces.end(),
                                                       object.name_space) != namespaces.end();
    return named && selector.matches(object.labels);
  }
};

Taken read_taken(config::Reader& in) {
  Taken out;
  config::Reader monitors(in.child("monitors"), config::Keys::Strict, in.report(),
                          in.path_of("monitors"));
  out.selector =
      read_label_selector(monitors.child("selector"), in.report(), monitors.path_of("selector"));
  out.namespaces = monitors.strings("namespaces");
  (void)monitors.finish();  // what it finds is in the report
  return out;
}

model::ScrapeLimits read_enforced(config::Reader& in) {
  model::ScrapeLimits out;
  config::Reader enforced(in.child("enforced"), config::Keys::Strict, in.report(),
                          in.path_of("enforced"));
  out.samples = read_limit(enforced, "sample_limit");
  out.targets = read_limit(enforced, "target_limit");
  out.labels = read_limit(enforced, "label_limit");
  out.body_size_bytes = read_size(enforced, "body_size_limit");
  enforced.refuse("namespace_label",
                  "is not supported yet; a relabel rule of a scrape class can "
                  "set a label on every target");
  (void)enforced.finish();  // what it finds is in the report
  return out;
}

void read_monitor_file(const std::string& file, config::Reader& in,
                       std::vector<MonitorObject>& objects,
                       std::vector<config::Node>& inventories) {
  const auto text = read_file(file);
  if (!text) return in.error("service_monitors", text.error().message);
  for (const auto& document : config::parse_documents(*text, file, in.report())) {
    if (document.is_empty()) continue;
    if (is_metrics_object(document)) {
      read_metrics_object(document, in.report(), objects, inventories);
    } else {
      in.report().error(document.mark(), "kind",
                        "ServiceMonitor, PodMonitor, Probe or ScrapeConfig is asked here");
    }
  }
}

// `service_monitors`: globs, and objects that stand in the list itself.
void read_named_monitors(config::Reader& in, const std::string& base_folder,
                         std::vector<MonitorObject>& objects,
                         std::vector<config::Node>& inventories) {
  for (const auto& element : in.list("service_monitors")) {
    if (element.is_map()) {
      read_metrics_object(element, in.report(), objects, inventories);
      continue;
    }
    const auto files = expand_glob(joined_path(base_folder, element.text()));
    if (files.empty())
      in.report().warning(element.mark(), in.path_of("service_monitors"),
                          "no file matches \"" + std::string(element.text()) + "\"");
    for (const auto& file : files)
      read_monitor_file(file, in, objects, inventories);
  }
}

}  // namespace

MonitorJobs read_monitors(config::Reader& in, const GlobalConfig& global,
                          std::vector<MonitorObject> objects, const std::string& base_folder,
                          std::vector<config::Node>& inventories) {
  MonitorContext context{global, {}, "/etc/dunlin/secrets", {}};
  context.secrets_dir = joined_path(base_folder, in.string("secrets_dir", context.secrets_dir));
  context.classes = read_scrape_classes(in, context.secrets_dir);
  context.enforced = read_enforced(in);
  const Taken taken = read_taken(in);
  read_named_monitors(in, base_folder, objects, inventories);

  MonitorJobs out;
  for (const auto& object : objects) {
    if (!taken.takes(object) || object.spec.is_empty()) continue;
    if (object.kind == "ServiceMonitor") {
      read_service_monitor(object, context, in.report(), out);
    } else if (object.kind == "PodMonitor") {
      read_pod_monitor(object, context, in.report(), out);
    } else if (object.kind == "Probe") {
      read_probe(object, context, in.report(), out);
    } else {
      read_scrape_config(object, context, base_folder, in.report(), out);
    }
  }
  return out;
}

}  // namespace agent::discovery
