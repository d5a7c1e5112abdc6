#include "agent/discovery/metrics_config.h"

#include <algorithm>
#include <cstdlib>
#include <map>

#include "agent/base/files.h"
#include "agent/base/strings.h"
#include "agent/config/reader.h"
#include "agent/discovery/glob.h"
#include "agent/discovery/global_config.h"
#include "agent/discovery/inventory_files.h"
#include "agent/discovery/job_config.h"
#include "agent/discovery/monitors.h"
#include "agent/discovery/names.h"

namespace agent::discovery {
namespace {

void read_keys_without_meaning(config::Reader& in) {
  in.refuse("rule_files", "an agent has no rules; the server that receives the samples has");
  if (!in.child("alerting").entries().empty())
    in.error("alerting", "an agent sends no alerts; the server that receives the samples does");
  in.refuse("remote_read", "an agent has nothing to read");
  for (const char* key : {"storage", "tracing", "runtime", "otlp"})
    if (in.has(key)) in.warning(key, "has no meaning in an agent");
  for (const char* key : {"configs", "wal_directory"})
    in.refuse(key,
              "the form of Grafana Agent's static mode is not supported yet; write global, "
              "scrape_configs and remote_write right here");
}

void read_own_switches(config::Reader& in, GlobalConfig& global) {
  if (const auto mode = in.optional_string("on_limit"); mode && *mode != "fail")
    in.error("on_limit", *mode == "keep_known" ? "keep_known is not supported yet; fail is"
                                               : "fail or keep_known is asked here");
  if (const auto local = in.optional_string("node_local"); local && *local != "auto")
    if (in.boolean("node_local", false))
      in.error("node_local", "needs Kubernetes discovery, which is not built yet");
  config::Reader compat(in.child("compat"), config::Keys::Strict, in.report(),
                        in.path_of("compat"));
  if (compat.boolean("port_in_instance", false))
    compat.error("port_in_instance", "is not supported yet; a relabel rule can set instance");
  if (const auto hash = compat.optional_string("hashmod"); hash && *hash != "md5")
    compat.error("hashmod", "md5 is asked here; xxhash64 is not supported yet");
  global.defaults.honor_timestamps =
      compat.boolean("honor_timestamps", global.defaults.honor_timestamps);
  (void)compat.finish();  // what it finds is in the report
}

// Jobs of all files share one name space.
class JobNames {
 public:
  explicit JobNames(config::Report& report) : report_(report) {}
  void add(const std::string& name, const config::Mark& mark, const std::string& path) {
    const auto [at, fresh] = marks_.emplace(name, mark);
    if (!fresh && !name.empty())
      report_.error(mark, path,
                    "there is a job " + json_quote(name) + " already, in " + to_string(at->second));
  }

 private:
  config::Report& report_;
  std::map<std::string, config::Mark> marks_;
};

void read_job_list(const std::vector<config::Node>& nodes, const GlobalConfig& global,
                   const std::string& folder, config::Report& report, const std::string& path,
                   JobNames& names, std::vector<model::ScrapeJob>& jobs) {
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    const std::string at = path + "[" + std::to_string(i) + "]";
    jobs.push_back(read_job(nodes[i], global, folder, report, at));
    const config::Node name = nodes[i].get("job_name");
    names.add(jobs.back().name, name.is_absent() ? nodes[i].mark() : name.mark(), at + ".job_name");
  }
}

std::string folder_of(const std::string& file) {
  const std::size_t slash = file.rfind('/');
  return slash == std::string::npos ? "" : file.substr(0, slash);
}

void read_job_file(const std::string& file, const GlobalConfig& global, config::Reader& in,
                   JobNames& names, std::vector<model::ScrapeJob>& jobs) {
  const auto text = read_file(file);
  if (!text) return in.error("scrape_config_files", text.error().message);
  for (const auto& document : config::parse_documents(*text, file, in.report())) {
    if (document.is_empty()) continue;
    if (document.is_sequence()) {
      read_job_list(document.items(), global, folder_of(file), in.report(), "", names, jobs);
      continue;
    }
    config::Reader reader(document, config::Keys::Strict, in.report());
    read_job_list(reader.list("scrape_configs"), global, folder_of(file), in.report(),
                  "scrape_configs", names, jobs);
    (void)reader.finish();  // what it finds is in the report
  }
}

void read_job_files(config::Reader& in, const GlobalConfig& global, const std::string& base_folder,
                    JobNames& names, std::vector<model::ScrapeJob>& jobs) {
  for (const auto& pattern : in.strings("scrape_config_files")) {
    const auto files = expand_glob(joined_path(base_folder, pattern));
    if (files.empty()) in.warning("scrape_config_files", "no file matches \"" + pattern + "\"");
    for (const auto& file : files)
      read_job_file(file, global, in, names, jobs);
  }
}

void read_inventory(config::Reader& in, const std::string& base_folder,
                    const std::vector<config::Node>& documents, MetricsConfig& out) {
  for (const auto& document : documents)
    read_service_inventory(document, in.report(), "", out.inline_inventory);
  const auto elements = in.list("service_inventory");
  for (std::size_t i = 0; i < elements.size(); ++i) {
    if (elements[i].is_map()) {
      read_service_inventory(elements[i], in.report(),
                             in.path_of("service_inventory") + "[" + std::to_string(i) + "]",
                             out.inline_inventory);
      continue;
    }
    out.inventory_globs.push_back(joined_path(base_folder, elements[i].text()));
    if (expand_glob(out.inventory_globs.back()).empty())
      in.report().warning(elements[i].mark(), in.path_of("service_inventory"),
                          "no file matches \"" + std::string(elements[i].text()) + "\"");
  }
}

void select_static_groups(config::Reader& in, MetricsConfig& out) {
  const auto inventory = load_inventory(out.inline_inventory, out.inventory_globs, in.report());
  for (const auto& selection : out.selections) {
    auto group = select_targets(selection, inventory);
    if (group.targets.empty())
      in.report().warning(in.node().mark(), selection.job, "selects nothing from the inventory");
    for (auto& job : out.jobs)
      if (job.name == selection.job) job.static_groups.push_back(group);
  }
}

}  // namespace

MetricsConfig read_metrics_config(const config::Node& section, const MetricsDocuments& documents,
                                  const std::string& base_folder, config::Report& report,
                                  const std::string& path, const config::Environment& environment) {
  MetricsConfig out;
  config::Reader in(section, config::Keys::Strict, report, path);
  GlobalConfig global = read_global_config(
      in.child("global"), report, in.path_of("global"),
      environment ? environment : config::Environment(config::process_environment));
  read_keys_without_meaning(in);
  read_own_switches(in, global);
  out.external_labels = global.external_labels;
  out.remote_write = in.list("remote_write");

  JobNames names(report);
  read_job_list(in.list("scrape_configs"), global, base_folder, report,
                in.path_of("scrape_configs"), names, out.jobs);
  read_job_files(in, global, base_folder, names, out.jobs);

  std::vector<MonitorObject> objects;
  std::vector<config::Node> inventories;
  for (const auto& document : documents.objects)
    read_metrics_object(document, report, objects, inventories);
  MonitorJobs monitors = read_monitors(in, global, std::move(objects), base_folder, inventories);
  for (auto& job : monitors.jobs) {
    names.add(job.name, section.mark(), job.name);
    out.jobs.push_back(std::move(job));
  }
  out.selections = std::move(monitors.selections);
  read_inventory(in, base_folder, inventories, out);
  select_static_groups(in, out);
  (void)in.finish();  // what it finds is in the report
  return out;
}

config::Node split_metrics_documents(const std::vector<config::Node>& all,
                                     MetricsDocuments& documents, std::string& path) {
  // Sections of the agent's own form; a document with one of them is no prometheus.yml.
  constexpr std::string_view kOwnSections[] = {"metrics",        "logs",    "traces",
                                               "server",         "clients", "admin",
                                               "tracing_config", "agent",   "pipeline_stages"};
  config::Node section;
  for (const auto& document : all) {
    if (is_metrics_object(document)) {
      documents.objects.push_back(document);
      continue;
    }
    if (document.is_empty()) continue;
    const bool own = std::any_of(std::begin(kOwnSections), std::end(kOwnSections),
                                 [&](const auto key) { return !document.get(key).is_absent(); });
    const config::Node found = own ? document.get("metrics") : document;
    if (found.is_absent()) continue;
    section = found;
    path = own ? "metrics" : "";
  }
  return section;
}

}  // namespace agent::discovery
