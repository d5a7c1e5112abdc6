#pragma once
// Keeps telling what there is to scrape.
//
// DESIGN. One look every few seconds (`poll_interval`) at everything that can change: the files of
// file_sd, by time and size, and read in any case once their refresh_interval has passed, and the
// inventory files. Polling needs no handle for each folder and works on every file system; changes
// of one look are told at once. What cannot be read keeps its last good answer and is counted.
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "agent/base/log.h"
#include "agent/discovery/docker_groups.h"
#include "agent/discovery/metrics_config.h"
#include "agent/discovery/watched_files.h"
#include "agent/loop/event_loop.h"
#include "agent/selfmon/metrics.h"

namespace agent::discovery {

/// Loop thread; references outlive it.
class Discoverer {
 public:
  /// All groups of a job: the first time in the turn after apply(), then after each change.
  using OnGroups = std::function<void(const std::string& job, std::vector<model::TargetGroup>)>;

  Discoverer(loop::EventLoop& loop, Logger& log, const selfmon::Scope& scope, OnGroups on_groups,
             Duration poll_interval = std::chrono::seconds(3));
  Discoverer(const Discoverer&) = delete;
  Discoverer& operator=(const Discoverer&) = delete;
  /// Stops; nothing is told any more.
  ~Discoverer() = default;

  /// The configuration from now on; every job's groups are told anew.
  void apply(const MetricsConfig& config);

 private:
  struct Job {
    std::string name;
    std::vector<model::TargetGroup> fixed;
    std::vector<InventorySelection> selections;
    std::vector<WatchedFiles> files;
    std::vector<std::unique_ptr<DockerGroups>> engines;
    bool told = false;
  };
  void look();
  bool look_at_inventory();
  std::unique_ptr<DockerGroups> take_engine(const std::string& job,
                                            const model::DockerDiscovery& engine, std::size_t index,
                                            std::vector<Job>& before);
  void on_containers(const std::string& job);
  void tell(Job& job);

  loop::EventLoop& loop_;
  Logger& log_;
  selfmon::Counter& failures_;
  OnGroups on_groups_;
  Duration poll_interval_;
  std::vector<Job> jobs_;
  ServiceInventory inline_inventory_;
  std::vector<std::string> inventory_globs_;
  std::map<std::string, std::string> inventory_stamps_;  // by file
  ServiceInventory inventory_;
  loop::Timer first_look_;
  loop::Timer timer_;
};

}  // namespace agent::discovery
