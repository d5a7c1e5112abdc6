#pragma once
// All scraping of a process: jobs in, samples out. Spec: metrics.md 2.4, 6.
//
// DESIGN. One timer serves every loop: loops stand in a queue by due time, and the timer is set for
// the first. A loop whose target vanished waits in `endings_` until its stale markers are due; it
// never scrapes again. Markers are left out for series that a loop made since then has written.
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "agent/base/log.h"
#include "agent/loop/event_loop.h"
#include "agent/scrape/pool.h"

namespace agent::scrape {

/// Loop thread.
class Manager {
 public:
  using MakeFetcher = std::function<std::unique_ptr<Fetcher>(const model::HttpClientConfig&)>;
  /// References outlive the manager.
  struct Needs {
    loop::EventLoop& loop;
    const Clock& clock;
    Logger& log;
    model::Sink<model::SampleBatch>& sink;
    Counters counters;
    MakeFetcher make_fetcher;
    std::string host;  ///< host name: shifts the phases, so that replicas do not scrape together
  };
  explicit Manager(Needs needs);
  Manager(const Manager&) = delete;
  Manager& operator=(const Manager&) = delete;
  /// Stops everything; no markers, so that a restart goes on.
  ~Manager();

  /// The jobs from now on. Unchanged ones go on untouched; a job that is new scrapes its static
  /// groups until set_targets() says more, and that alone changes the targets of one that is known.
  /// `external_labels` count for the phases of new jobs only. Errors: Config; then nothing has
  /// changed.
  Status apply(const std::vector<model::ScrapeJob>& jobs, const model::LabelSet& external_labels);
  /// All targets that discovery knows for a job, its static groups among them. Unknown jobs are
  /// ignored: the message crossed a reload.
  void set_targets(const std::string& job, std::vector<model::TargetGroup> groups);

  /// Starts what is due. The manager's own timer calls it.
  void run_due();
  /// When run_due() has something to do next; SteadyTime::max(): nothing.
  SteadyTime next_due() const;

  std::vector<model::TargetStatus> status() const;
  /// Targets that are not scraped, by job, at most keep_dropped_targets each.
  std::map<std::string, std::vector<DroppedTarget>> dropped() const;

 private:
  struct Ending {
    std::unique_ptr<ScrapeLoop> loop;
    SteadyTime due{};
  };
  void add_or_update(const std::shared_ptr<const JobSettings>& settings);
  void enqueue(ScrapeLoop& loop);
  void dequeue(ScrapeLoop& loop);
  void end(std::unique_ptr<ScrapeLoop> loop);
  void finish_ending(Ending ending);
  void set_timer();

  Needs needs_;
  SeriesIds ids_;
  std::uint64_t host_seed_ = 0;
  std::map<ScrapeLoop*, SteadyTime> queued_;
  std::set<std::pair<SteadyTime, ScrapeLoop*>> queue_;
  std::vector<Ending> endings_;
  std::map<std::string, std::unique_ptr<Pool>> pools_;
  loop::Timer timer_;
  SteadyTime timer_due_ = SteadyTime::max();
};

}  // namespace agent::scrape
