#include <iostream>
#include <string>

#include "agent/base/strings.h"
#include "agent/cli/cli.h"
#include "agent/cli/command.h"
#include "agent/codec/json_labels.h"
#include "agent/config/loader.h"
#include "agent/discovery/file_groups.h"
#include "agent/discovery/metrics_config.h"
#include "agent/scrape/job_settings.h"
#include "agent/scrape/target.h"

namespace agent::cli {
namespace {

void print_problems(const config::Report& report) {
  for (const auto& problem : report.problems()) {
    const bool warning = problem.severity == config::Severity::Warning;
    std::cerr << (warning ? "warning: " : "") << to_string(problem) << '\n';
  }
}

discovery::MetricsConfig load(const std::string& file, config::Report& report) {
  std::vector<config::Node> nodes;
  std::string folder;
  for (const auto& document : config::load_documents(file, {}, report)) {
    nodes.push_back(document.node);
    folder = document.folder;
  }
  discovery::MetricsDocuments documents;
  std::string path;
  const config::Node section = discovery::split_metrics_documents(nodes, documents, path);
  return discovery::read_metrics_config(section, documents, folder, report, path);
}

// All that can be found without a network.
std::vector<model::TargetGroup> find_groups(const model::ScrapeJob& job) {
  auto groups = job.static_groups;
  if (!job.docker_discovery.empty())
    std::cerr << "warning: job " << job.name << ": docker_sd_configs needs a network; skipped\n";
  for (const auto& files : job.file_discovery) {
    discovery::FileGroups found(files.globs);
    found.refresh(discovery::FileGroups::Read::All);
    for (const auto& problem : found.problems())
      std::cerr << "warning: job " << job.name << ": " << problem << '\n';
    const auto more = found.groups();
    groups.insert(groups.end(), more.begin(), more.end());
  }
  return groups;
}

Status print_targets(const model::ScrapeJob& job) {
  const auto settings = scrape::make_job_settings(job);
  if (!settings) return settings.error();
  const auto targets = scrape::build_targets(job, (*settings)->relabeling, find_groups(job));
  for (const auto& target : targets.active)
    std::cout << R"({"job":)" << json_quote(job.name) << R"(,"url":)" << json_quote(target.url)
              << R"(,"labels":)" << codec::json_labels(target.labels) << "}\n";
  return {};
}

}  // namespace

int try_targets(const TryTargetsArguments& arguments) {
  config::Report report;
  const auto config = load(arguments.config_file, report);
  print_problems(report);
  if (report.has_errors()) return kFailure;
  for (const auto& job : config.jobs) {
    if (const Status printed = print_targets(job); !printed) {
      std::cerr << printed.error().message << '\n';
      return kFailure;
    }
  }
  std::cout.flush();
  return std::cout.good() ? kOk : kFailure;
}

}  // namespace agent::cli
