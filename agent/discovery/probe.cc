#include "agent/discovery/probe.h"

#include <algorithm>
#include <iterator>

#include "agent/base/strings.h"
#include "agent/discovery/job_settings_reader.h"
#include "agent/discovery/monitor_http.h"
#include "agent/discovery/monitor_settings.h"
#include "agent/discovery/names.h"
#include "agent/discovery/sd_config.h"

namespace agent::discovery {
namespace {

struct Prober {
  std::string address;
};

Prober read_prober(config::Reader& spec, const SecretStore& secrets, model::ScrapeJob& job) {
  config::Reader in(spec.child("prober"), config::Keys::Strict, spec.report(),
                    spec.path_of("prober"));
  Prober out;
  out.address = in.required_string("url");
  job.scheme = read_scheme(in, "scheme", job.scheme);
  job.metrics_path = in.string("path", "/probe");
  read_monitor_proxy(in, secrets, job.http.proxy);
  (void)in.finish();  // what it finds is in the report
  return out;
}

void read_probe_params(config::Reader& spec, model::ScrapeJob& job) {
  const auto params = spec.list("params");
  for (std::size_t i = 0; i < params.size(); ++i) {
    config::Reader in(params[i], config::Keys::Strict, spec.report(),
                      spec.path_of("params") + "[" + std::to_string(i) + "]");
    const std::string name = in.required_string("name");
    auto values = in.strings("values");
    if (!name.empty()) job.params[name] = std::move(values);
    (void)in.finish();  // what it finds is in the report
  }
  if (const auto module = spec.optional_string("module"); module && !module->empty())
    job.params["module"] = {*module};
}

model::TargetGroup static_probe_targets(config::Reader& in, const Prober& prober,
                                        const MonitorObject& object) {
  model::TargetGroup out;
  out.labels = read_labels(in, "labels");
  if (!out.labels.has("namespace")) out.labels.set("namespace", object.name_space);
  for (const auto& target : in.strings("static"))
    out.targets.push_back(model::LabelSet{
        {"__address__", prober.address}, {"__param_target", target}, {"instance", target}});
  return out;
}

void read_probe_targets(config::Reader& spec, const Prober& prober, const MonitorObject& object,
                        model::ScrapeJob& job) {
  config::Reader targets(spec.child("targets"), config::Keys::Strict, spec.report(),
                         spec.path_of("targets"));
  if (targets.has("staticConfig")) {
    config::Reader in(targets.child("staticConfig"), config::Keys::Strict, spec.report(),
                      targets.path_of("staticConfig"));
    auto group = static_probe_targets(in, prober, object);
    group.source = job.name;
    for (auto& target : group.targets)
      target.set("__tmp_prometheus_job_name", job.name);
    job.static_groups.push_back(std::move(group));
    append_rules(in, "relabelingConfigs", job.name_validation, job.relabel_rules);
    (void)in.finish();          // what it finds is in the report
    targets.accept("ingress");  // staticConfig wins
  } else if (targets.has("ingress")) {
    targets.warning("ingress", "is not built yet: the job has no targets from it");
  }
  (void)targets.finish();  // what it finds is in the report
}

void refuse_unbuilt_discoveries(config::Reader& spec) {
  for (const auto& [key, value] : spec.node().entries()) {
    const std::string_view name = key.text();
    if (!name.ends_with("SDConfigs") || name == "fileSDConfigs") continue;
    constexpr std::string_view kPlanned[] = {"httpSDConfigs",   "kubernetesSDConfigs",
                                             "consulSDConfigs", "dnsSDConfigs",
                                             "ec2SDConfigs",    "dockerSDConfigs"};
    const bool planned =
        std::find(std::begin(kPlanned), std::end(kPlanned), name) != std::end(kPlanned);
    if (planned) {
      spec.warning(name, "is not built yet: the job has no targets from it");
    } else {
      spec.error(name,
                 "this discovery is not supported; a small HTTP service and httpSDConfigs do the "
                 "same");
    }
  }
}

void read_scrape_config_targets(config::Reader& spec, const std::string& base_folder,
                                model::ScrapeJob& job) {
  job.static_groups = read_target_groups(spec.list("staticConfigs"), spec.report(),
                                         spec.path_of("staticConfigs"), job.name);
  const auto files = spec.list("fileSDConfigs");
  for (std::size_t i = 0; i < files.size(); ++i)
    job.file_discovery.push_back(read_file_sd(
        files[i], spec.report(), spec.path_of("fileSDConfigs") + "[" + std::to_string(i) + "]",
        base_folder, "refreshInterval"));
  refuse_unbuilt_discoveries(spec);
}

void read_name_schemes(config::Reader& spec, model::ScrapeJob& job) {
  if (const auto scheme = spec.optional_string("nameValidationScheme")) {
    const std::string lower = to_lower(*scheme);
    if (lower != "utf8" && lower != "legacy")
      spec.error("nameValidationScheme", "UTF8 or Legacy is asked here");
    job.name_validation =
        lower == "legacy" ? model::NameValidation::Legacy : model::NameValidation::Utf8;
    job.name_escaping = lower == "legacy" ? "underscores" : "allow-utf-8";
  }
  if (const auto scheme = spec.optional_string("nameEscapingScheme")) {
    constexpr std::pair<std::string_view, std::string_view> kSchemes[] = {
        {"AllowUTF8", "allow-utf-8"},
        {"Underscores", "underscores"},
        {"Dots", "dots"},
        {"Values", "values"}};
    bool known = false;
    for (const auto& [name, value] : kSchemes) {
      if (name != *scheme) continue;
      job.name_escaping = value;
      known = true;
    }
    if (!known) spec.error("nameEscapingScheme", "AllowUTF8, Underscores, Dots or Values is asked");
  }
}

}  // namespace

void read_probe(const MonitorObject& object, const MonitorContext& context, config::Report& report,
                MonitorJobs& into) {
  config::Reader spec(object.spec, config::Keys::Strict, report, object.spec_path());
  model::ScrapeJob job = context.global.defaults;
  job.name = "probe/" + object.full_name();
  read_monitor_limits(spec, context, job);
  read_timing(spec, "interval", "scrapeTimeout", job);
  const SecretStore secrets{context.secrets_dir, object.name_space};
  const Prober prober = read_prober(spec, secrets, job);
  read_probe_params(spec, job);
  const std::string job_label = spec.string("jobName", job.name);
  read_monitor_tls(spec, secrets, job.http.tls);
  read_monitor_credentials(spec, secrets, job.http);
  apply_scrape_class(spec, context, job);
  read_probe_targets(spec, prober, object, job);
  for (auto& group : job.static_groups)
    if (!group.labels.has("job")) group.labels.set("job", job_label);
  append_rules(spec, "metricRelabelings", job.name_validation, job.metric_relabel_rules);
  (void)spec.finish();  // what it finds is in the report
  into.jobs.push_back(std::move(job));
}

void read_scrape_config(const MonitorObject& object, const MonitorContext& context,
                        const std::string& base_folder, config::Report& report, MonitorJobs& into) {
  config::Reader spec(object.spec, config::Keys::Strict, report, object.spec_path());
  model::ScrapeJob job = context.global.defaults;
  job.name = "scrapeConfig/" + object.full_name();
  read_monitor_limits(spec, context, job);
  read_name_schemes(spec, job);
  read_timing(spec, "scrapeInterval", "scrapeTimeout", job);
  read_monitor_request(spec, context, object.name_space, "metricsPath", job);
  job.enable_compression = spec.boolean("enableCompression", job.enable_compression);
  read_scrape_config_targets(spec, base_folder, job);
  apply_scrape_class(spec, context, job);
  if (const auto name = spec.optional_string("jobName")) {
    model::RelabelRule set_job;
    set_job.target_label = "job";
    set_job.replacement.clear();
    // In a replacement a lone `$` would start a reference.
    for (const char c : *name)
      set_job.replacement += c == '$' ? std::string("$$") : std::string(1, c);
    job.relabel_rules.push_back(std::move(set_job));
  }
  append_rules(spec, "relabelings", job.name_validation, job.relabel_rules);
  append_rules(spec, "metricRelabelings", job.name_validation, job.metric_relabel_rules);
  (void)spec.finish();  // what it finds is in the report
  into.jobs.push_back(std::move(job));
}

}  // namespace agent::discovery
