#include "agent/discovery/monitor_object.h"

#include <algorithm>

#include "agent/config/reader.h"
#include "agent/discovery/names.h"

namespace agent::discovery {
namespace {

constexpr std::string_view kInventory = "ServiceInventory";
constexpr std::string_view kMonitorKinds[] = {"ServiceMonitor", "PodMonitor", "Probe",
                                              "ScrapeConfig"};
constexpr std::string_view kGroup = "monitoring.coreos.com/";

constexpr const char* kUnknownKind =
    "no kind that is known here; known are ServiceMonitor, PodMonitor, Probe, ScrapeConfig and "
    "ServiceInventory";

bool is_one_of_ours(std::string_view kind) {
  return kind == kInventory || std::find(std::begin(kMonitorKinds), std::end(kMonitorKinds),
                                         kind) != std::end(kMonitorKinds);
}

bool is_list(std::string_view kind) {
  return kind == "List" ||
         (kind.ends_with("List") && is_one_of_ours(kind.substr(0, kind.size() - 4)));
}

MonitorObject read_object(config::Reader& in, const std::string& kind) {
  MonitorObject out;
  out.kind = kind;
  out.mark = in.node().mark();
  const std::string version = in.string("apiVersion");
  if (!version.empty() && !version.starts_with(kGroup))
    in.error("apiVersion", "an object of group monitoring.coreos.com is asked here");
  in.accept("status");
  // Of metadata only these matter; objects copied from a cluster have much more.
  config::Reader metadata(in.child("metadata"), config::Keys::Strict, in.report(),
                          in.path_of("metadata"));
  if (metadata.node().is_empty()) {
    in.report().error(out.mark, in.path_of("metadata.name"), "this key is required");
  } else {
    out.name = metadata.required_string("name");
  }
  out.name_space = metadata.string("namespace", out.name_space);
  out.labels = read_text_map(metadata, "labels");
  out.spec = in.child("spec");
  if (out.spec.is_empty()) in.error("spec", "this key is required");
  return out;
}

}  // namespace

bool is_metrics_object(const config::Node& document) {
  const std::string_view kind = document.get("kind").text();
  return is_one_of_ours(kind) || is_list(kind);
}

void read_metrics_object(const config::Node& document, config::Report& report,
                         std::vector<MonitorObject>& monitors,
                         std::vector<config::Node>& inventories) {
  const std::string kind(document.get("kind").text());
  if (kind == kInventory) {
    inventories.push_back(document);
    return;
  }
  if (!is_metrics_object(document))
    return report.error(document.get("kind").mark(), "kind", "\"" + kind + "\" is " + kUnknownKind);
  config::Reader in(document, config::Keys::Strict, report, kind);
  in.accept("kind");
  if (is_list(kind)) {
    for (const char* key : {"apiVersion", "metadata"})
      in.accept(key);
    for (const auto& item : in.list("items")) {
      if (is_metrics_object(item)) {
        read_metrics_object(item, report, monitors, inventories);
      } else {
        report.error(item.mark(), "items", std::string("an element is of ") + kUnknownKind);
      }
    }
    (void)in.finish();  // what it finds is in the report
    return;
  }
  MonitorObject made = read_object(in, kind);
  (void)in.finish();  // what it finds is in the report
  for (const auto& known : monitors)
    if (known.kind == made.kind && known.full_name() == made.full_name())
      report.error(made.mark, kind,
                   made.full_name() + " is defined twice; it stands in " + to_string(known.mark) +
                       " already");
  monitors.push_back(std::move(made));
}

}  // namespace agent::discovery
