#pragma once
// The targets of one job. Changes keep the loops of targets that stay.
#include <functional>
#include <memory>
#include <unordered_map>
#include <vector>

#include "agent/scrape/scrape_loop.h"

namespace agent::scrape {

/// Loop thread.
class Pool {
 public:
  /// Told of loops that came, changed their due time or are about to go.
  struct Events {
    std::function<void(ScrapeLoop&)> on_due;
    std::function<void(std::unique_ptr<ScrapeLoop>)> on_gone;
  };
  Pool(const LoopNeeds& needs, std::shared_ptr<const JobSettings> settings,
       std::unique_ptr<Fetcher> fetcher, Events events);
  Pool(const Pool&) = delete;
  Pool& operator=(const Pool&) = delete;
  ~Pool() = default;

  /// What discovery finds for the job, whole. Targets that are in both states go on untouched.
  void set_groups(std::vector<model::TargetGroup> groups);
  /// New settings of the job; null `fetcher`: the HTTP settings are the old ones. Loops keep their
  /// cache where series keep their labels, and start anew elsewhere.
  void update(std::shared_ptr<const JobSettings> settings, std::unique_ptr<Fetcher> fetcher);
  /// Hands every loop to on_gone.
  void clear();

  const JobSettings& settings() const { return *settings_; }
  const std::vector<std::unique_ptr<ScrapeLoop>>& loops() const { return loops_; }
  const std::vector<DroppedTarget>& dropped() const { return dropped_; }

 private:
  enum class Caches { Keep, Drop };
  void sync(Caches caches);
  std::unique_ptr<ScrapeLoop> make_loop(Target target);

  LoopNeeds needs_;
  std::shared_ptr<const JobSettings> settings_;
  std::unique_ptr<Fetcher> fetcher_;
  Events events_;
  std::vector<model::TargetGroup> groups_;
  std::vector<std::unique_ptr<ScrapeLoop>> loops_;
  std::vector<DroppedTarget> dropped_;
  bool settings_changed_ = false;
};

}  // namespace agent::scrape
