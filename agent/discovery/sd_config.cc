#include "agent/discovery/sd_config.h"

#include <algorithm>

#include "agent/base/strings.h"
#include "agent/discovery/names.h"
#include "agent/discovery/unbuilt_sd.h"
#include "agent/net/docker_host.h"
#include "agent/relabel/check_rule.h"

namespace agent::discovery {
namespace {

bool has_known_ending(std::string_view path) {
  const std::string lower = to_lower(path);
  return lower.ends_with(".json") || lower.ends_with(".yml") || lower.ends_with(".yaml");
}

void check_legacy_names(config::Reader& in, std::string_view key) {
  for (const auto& [name, value] : in.map(key))
    if (!name.text().empty() &&
        !relabel::is_valid_label_name(name.text(), model::NameValidation::Legacy))
      in.report().error(
          name.mark(), in.path_of(key),
          "\"" + std::string(name.text()) + "\" is no label name: letters, digits and _ are asked");
}

std::string element(const std::string& path, std::size_t index) {
  return path + "[" + std::to_string(index) + "]";
}

}  // namespace

std::vector<model::TargetGroup> read_target_groups(const std::vector<config::Node>& groups,
                                                   config::Report& report, const std::string& path,
                                                   const std::string& source,
                                                   model::NameValidation names) {
  std::vector<model::TargetGroup> out;
  for (std::size_t i = 0; i < groups.size(); ++i) {
    config::Reader in(groups[i], config::Keys::Strict, report, element(path, i));
    model::TargetGroup group;
    group.source = source + "#" + std::to_string(i);
    for (const auto& address : in.strings("targets"))
      group.targets.push_back(model::LabelSet{{"__address__", address}});
    if (names == model::NameValidation::Legacy) check_legacy_names(in, "labels");
    group.labels = read_labels(in, "labels");
    (void)in.finish();  // what it finds is in the report
    out.push_back(std::move(group));
  }
  return out;
}

model::FileDiscovery read_file_sd(const config::Node& node, config::Report& report,
                                  const std::string& path, const std::string& base_folder,
                                  std::string_view refresh_key) {
  config::Reader in(node, config::Keys::Strict, report, path);
  model::FileDiscovery out;
  for (const auto& file : in.strings("files")) {
    const std::size_t star = file.find('*');
    if (!has_known_ending(file))
      in.error("files", "\"" + file + "\" ends in none of .json, .yml, .yaml");
    if (star != std::string::npos && file.find('/', star) != std::string::npos)
      in.error("files", "\"" + file + "\": * stands only in the last element of a path");
    out.globs.push_back(joined_path(base_folder, file));
  }
  if (out.globs.empty()) in.error("files", "at least one file is asked here");
  out.refresh_interval =
      in.duration(refresh_key, out.refresh_interval, config::DurationForm::Prometheus);
  if (out.refresh_interval == Duration::zero()) out.refresh_interval = std::chrono::minutes(5);
  (void)in.finish();  // what it finds is in the report
  return out;
}

void read_discovery(config::Reader& in, const std::string& base_folder, model::ScrapeJob& job) {
  job.static_groups = read_target_groups(in.list("static_configs"), in.report(),
                                         in.path_of("static_configs"), "static");
  const auto file_sds = in.list("file_sd_configs");
  for (std::size_t i = 0; i < file_sds.size(); ++i)
    job.file_discovery.push_back(read_file_sd(file_sds[i], in.report(),
                                              element(in.path_of("file_sd_configs"), i),
                                              base_folder, "refresh_interval"));
  const auto docker_sds = in.list("docker_sd_configs");
  for (std::size_t i = 0; i < docker_sds.size(); ++i) {
    config::Reader engine(docker_sds[i], config::Keys::Strict, in.report(),
                          element(in.path_of("docker_sd_configs"), i));
    job.docker_discovery.push_back(net::read_docker_discovery(engine));
    (void)engine.finish();  // what it finds is in the report
  }
  for (const auto& [key, value] : in.node().entries())
    if (key.text().ends_with("_sd_configs") && key.text() != "file_sd_configs" &&
        key.text() != "docker_sd_configs")
      read_unbuilt_discovery(in, key.text());
}

}  // namespace agent::discovery
