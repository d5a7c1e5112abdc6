#include "agent/discovery/discoverer.h"

#include <utility>

#include "agent/discovery/file_groups.h"
#include "agent/discovery/glob.h"
#include "agent/discovery/inventory_files.h"

namespace agent::discovery {

Discoverer::Discoverer(loop::EventLoop& loop, Logger& log, const selfmon::Scope& scope,
                       OnGroups on_groups, Duration poll_interval)
    : loop_(loop),
      log_(log),
      failures_(WatchedFiles::failures_in(scope)),
      on_groups_(std::move(on_groups)),
      poll_interval_(poll_interval) {}

void Discoverer::apply(const MetricsConfig& config) {
  auto before = std::exchange(jobs_, {});
  inline_inventory_ = config.inline_inventory;
  inventory_globs_ = config.inventory_globs;
  inventory_stamps_.clear();
  for (const auto& job : config.jobs) {
    Job made;
    made.name = job.name;
    for (const auto& selection : config.selections)
      if (selection.job == job.name) made.selections.push_back(selection);
    if (made.selections.empty()) made.fixed = job.static_groups;
    for (const auto& files : job.file_discovery)
      made.files.emplace_back(WatchedFiles::Environment{log_, failures_}, job.name, files,
                              model::NameValidation::Utf8);
    for (const auto& engine : job.docker_discovery)
      made.engines.push_back(take_engine(job.name, engine, made.engines.size(), before));
    jobs_.push_back(std::move(made));
  }
  inventory_ = inline_inventory_;
  first_look_ = loop_.after(Duration::zero(), [this] { look(); });
  timer_ = loop_.every(poll_interval_, [this] { look(); });
}

// One that was asked before goes on: its containers are known, and are told without a gap.
std::unique_ptr<DockerGroups> Discoverer::take_engine(const std::string& job,
                                                      const model::DockerDiscovery& engine,
                                                      std::size_t index, std::vector<Job>& before) {
  const std::string source = "docker/" + std::to_string(index);
  for (auto& old : before)
    for (auto& asked : old.engines)
      if (old.name == job && asked && asked->engine() == engine && asked->group().source == source)
        return std::move(asked);
  return std::make_unique<DockerGroups>(DockerGroups::Environment{loop_, log_, failures_, job},
                                        engine, source, [this, job] { on_containers(job); });
}

void Discoverer::on_containers(const std::string& job) {
  for (auto& one : jobs_)
    if (one.name == job) tell(one);
}

void Discoverer::look() {
  const bool inventory_changed = look_at_inventory();
  for (auto& job : jobs_) {
    bool changed = inventory_changed && !job.selections.empty();
    for (auto& files : job.files)
      changed |= files.look(loop_.now());
    if (changed || !job.told) tell(job);
  }
}

// True when there is another inventory than before.
bool Discoverer::look_at_inventory() {
  std::map<std::string, std::string> stamps;
  for (const auto& glob : inventory_globs_)
    for (const auto& file : expand_glob(glob))
      stamps[file] = file_stamp(file);
  if (stamps == inventory_stamps_) return false;
  inventory_stamps_ = std::move(stamps);
  config::Report report;
  ServiceInventory loaded = load_inventory(inline_inventory_, inventory_globs_, report);
  if (const Status read = report.status(); !read) {
    failures_.add();
    log_.warn("The service inventory cannot be read; the last good one stays in force.",
              {{"error", read.error().message}});
    return false;
  }
  inventory_ = std::move(loaded);
  return true;
}

void Discoverer::tell(Job& job) {
  job.told = true;
  auto groups = job.fixed;
  for (const auto& selection : job.selections)
    groups.push_back(select_targets(selection, inventory_));
  for (const auto& files : job.files) {
    auto more = files.groups();
    groups.insert(groups.end(), std::make_move_iterator(more.begin()),
                  std::make_move_iterator(more.end()));
  }
  for (const auto& engine : job.engines)
    groups.push_back(engine->group());
  on_groups_(job.name, std::move(groups));
}

}  // namespace agent::discovery
