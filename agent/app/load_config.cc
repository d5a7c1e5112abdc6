#include "agent/app/load_config.h"

#include <cstdlib>
#include <filesystem>
#include <utility>

#include <unistd.h>

#include "agent/app/alerting_rules.h"
#include "agent/app/memory_limit.h"
#include "agent/app/sections.h"
#include "agent/base/duration.h"
#include "agent/config/loader.h"
#include "agent/config/yaml_text.h"
#include "agent/logs/stages/pipeline.h"
#include "agent/queue/outbox_config.h"
#include "agent/traces/local_addresses.h"

namespace agent::app {
namespace {

using config::Keys;
using config::Node;
using config::Reader;
using config::Report;
using pipeline::AgentConfig;

constexpr const char* kDefaultStateDir = "/var/lib/dunlin";
constexpr std::uint64_t kLeastMemory = 16ULL << 20U;

// Reads sections that are one value at the top level: `state_dir`, `shutdown_timeout`, `memory`,
// `queue`.
void read_process_keys(const Sections& sections, const ConfigSource& source, AgentConfig& out,
                       Report& report) {
  out.state_dir = kDefaultStateDir;
  if (sections.state_dir.present()) {
    out.state_dir = sections.state_dir.node.text();
    if (!sections.state_dir.node.is_scalar() || out.state_dir.empty())
      report.error(sections.state_dir.node.mark(), "state_dir",
                   "a folder, or `none`, is asked here");
  }
  if (source.state_dir) out.state_dir = *source.state_dir;
  if (out.state_dir == "none") out.state_dir.clear();

  if (sections.shutdown_timeout.present()) {
    const auto timeout = parse_duration(sections.shutdown_timeout.node.text());
    if (timeout && *timeout > Duration::zero()) {
      out.shutdown_timeout = *timeout;
    } else {
      report.error(sections.shutdown_timeout.node.mark(), "shutdown_timeout",
                   "a duration above 0 is asked here");
    }
  }

  Reader memory(sections.memory.node, Keys::Strict, report, "memory");
  out.memory_limit_bytes = memory.byte_size("limit", default_memory_limit_bytes());
  if (out.memory_limit_bytes < kLeastMemory) memory.error("limit", "at least 16MiB is asked here");
  static_cast<void>(memory.finish());  // what is wrong stands in the report

  const auto outbox =
      queue::read_outbox_config(sections.queue.node, "queue", queue::WhenFull::Block, report);
  if (outbox.max_bytes > 0) out.queue_max_bytes = outbox.max_bytes;
  if (const Node when = sections.queue.node.get("when_full"); !when.is_absent())
    report.error(when.mark(), "queue.when_full",
                 "each source has its own default; set this in the `queue` of a destination");
}

// Builds all stages once, to find what is wrong with them and to say what they were read as.
void check_stages(const logs::LogsConfig& config, Report& report) {
  model::LabelTable labels;
  model::ReceiptBook receipts;
  const selfmon::Scope scope;
  selfmon::Ledger ledger("logs", scope);
  for (const auto& list : config.stage_lists) {
    const auto built =
        logs::make_pipeline(list.stages, {.report = report,
                                          .path = list.path,
                                          .metrics = scope,
                                          .labels = labels,
                                          .receipts = receipts,
                                          .ledger = ledger,
                                          .files = logs::StageContext::Files::Optional});
    static_cast<void>(built);  // what is wrong stands in the report
  }
}

void read_metrics(const Sections& sections, const std::string& base, AgentConfig& out,
                  Report& report) {
  discovery::MetricsDocuments documents;
  for (const auto& object : sections.objects)
    documents.objects.push_back(object.node);
  const bool whole_file = sections.metrics.present() && sections.metrics.key.is_map();
  const std::string folder = sections.metrics.present() ? sections.metrics.folder : base;
  out.metrics =
      discovery::read_metrics_config(sections.metrics.node, documents, folder, report,
                                     whole_file ? "" : "metrics", &config::process_environment);
  const std::string path = whole_file ? "remote_write" : "metrics.remote_write";
  out.remote_write =
      exporter::read_remote_write(sections.metrics.node.get("remote_write"), report, path);
  if (!out.metrics.jobs.empty() && out.remote_write.empty())
    report.warning(sections.metrics.node.mark(), path,
                   "there is no endpoint: what is scraped goes nowhere");
}

// pipeline_stages of the top level apply to jobs without any; a file of nothing else was given in
// order to be used.
void read_logs(const Sections& sections, AgentConfig& out, Report& report) {
  if (!sections.logs.present()) {
    if (sections.pipeline_stages.present())
      report.note(sections.pipeline_stages.key.mark(), "pipeline_stages",
                  "no log job uses these stages");
    return;
  }
  // A bare promtail.yaml carries `server`, which is read on its own.
  const auto place = sections.bare_promtail ? logs::LogsPlace::Promtail : logs::LogsPlace::Section;
  out.logs = logs::read_logs_config(sections.logs.node, sections.pipeline_stages.node,
                                    sections.logs.folder, report, place,
                                    sections.bare_promtail ? "" : "logs");
  out.loki = exporter::read_loki_clients(out.logs.clients, out.logs.client_paths, report);
  check_stages(out.logs, report);
}

void read_traces(const Sections& sections, const std::string& base, bool in_container,
                 AgentConfig& out, Report& report) {
  const std::string folder = sections.traces.present() ? sections.traces.folder : base;
  out.traces =
      traces::read_traces_config(sections.traces.node, sections.tracing_config.node,
                                 {in_container, traces::local_addresses(), folder}, report);
}

// Names of destinations are those of ledger accounts: two backends with one name would share their
// books.
void check_names(const AgentConfig& config, Report& report) {
  for (std::size_t i = 0; i < config.traces.exporters.size(); ++i)
    for (std::size_t j = 0; j < i; ++j)
      if (config.traces.exporters[i].name == config.traces.exporters[j].name)
        report.error({}, "traces.exporters[" + std::to_string(i) + "]",
                     "another exporter sends to " + config.traces.exporters[i].name + " too");
}

// A plain user runs a bare promtail.yaml: where the default state_dir cannot be had, state is kept
// beside the positions.
void choose_state_dir_of_promtail(const Sections& sections, const ConfigSource& source,
                                  AgentConfig& out, Report& report) {
  if (!sections.bare_promtail || sections.state_dir.present() || source.state_dir) return;
  std::error_code failed;
  std::filesystem::create_directories(out.state_dir, failed);
  if (!failed && ::access(out.state_dir.c_str(), W_OK) == 0) return;
  const std::string folder =
      std::filesystem::path(out.logs.positions.filename).parent_path().string();
  report.note(sections.logs.node.mark(), "positions.filename",
              out.state_dir + " cannot be written; state is kept in " + folder);
  out.state_dir = folder;
}

// A dry run sends nothing, and only logs can be printed.
void leave_out_all_but_logs(AgentConfig& out) {
  out.metrics = {};
  out.remote_write.clear();
  out.traces = {};
}

std::string text_of(const std::vector<config::Document>& documents, const Sections& sections) {
  if (sections.bare_promtail && documents.size() == 1)
    return config::masked_yaml(sections.logs.node);
  std::string out;
  for (const auto& document : documents)
    out += (out.empty() ? "" : "---\n") + config::masked_yaml(document.node);
  return out;
}

}  // namespace

LoadedConfig load_config(const ConfigSource& source, Report& report) {
  LoadedConfig loaded;
  auto agent = std::make_shared<AgentConfig>();
  const auto documents = config::load_documents(
      source.path, {source.expand_env, &config::process_environment}, report);
  Sections sections = sort_sections(
      documents, report,
      speaks_of_promtail(source.overrides) ? ScrapeFile::Promtail : ScrapeFile::Prometheus);
  apply_overrides(source.overrides, sections, report);
  agent->text = text_of(documents, sections);
  const std::string base = documents.empty() ? "." : documents.front().folder;
  const bool in_container = runs_in_container();

  loaded.server =
      sections.promtail_server.present() || (sections.bare_promtail && !sections.server.present())
          ? read_promtail_server_config(sections.promtail_server.node, report)
          : read_server_config(sections.server.node, in_container, report);
  read_process_keys(sections, source, *agent, report);
  read_metrics(sections, base, *agent, report);
  read_logs(sections, *agent, report);
  read_traces(sections, base, in_container, *agent, report);
  check_names(*agent, report);
  if (sections.alerting_rules.present())
    check_alerting_rules(sections.alerting_rules.key, sections.alerting_rules.node, report);
  agent->dry_run = source.dry_run;
  if (source.dry_run.print) leave_out_all_but_logs(*agent);
  if (source.for_running && !report.has_errors())
    choose_state_dir_of_promtail(sections, source, *agent, report);
  loaded.agent = std::move(agent);
  return loaded;
}

}  // namespace agent::app
