#pragma once
// One target, scraped again and again. Spec: metrics.md 6.
//
// DESIGN. Idle --tick()--> Fetching --on_done()--> Idle. Whoever owns the loop looks at due() and
// calls tick(); on_idle says that due() has changed. A scrape ends in finish_scrape(), whatever
// became of it: there the page is committed or given up, the report series and stale markers are
// added, and one batch is pushed. A target over its job's target_limit fails without a request.
#include <functional>
#include <memory>
#include <optional>

#include "agent/base/clock.h"
#include "agent/model/sample_batch.h"
#include "agent/model/sink.h"
#include "agent/model/status.h"
#include "agent/scrape/counters.h"
#include "agent/scrape/fetcher.h"
#include "agent/scrape/page.h"
#include "agent/scrape/series_cache.h"
#include "agent/scrape/target.h"
#include "agent/scrape/ticks.h"

namespace agent::scrape {

/// What all loops share; everything outlives them.
struct LoopNeeds {
  const Clock& clock;
  SeriesIds& ids;
  model::Sink<model::SampleBatch>& sink;
  Counters& counters;
  std::uint64_t host_seed = 0;  ///< of host name and external labels: replicas get other phases
};

class ScrapeLoop final : private FetchListener {
 public:
  using OnIdle = std::function<void(ScrapeLoop&)>;
  /// `fetcher` outlives the loop or is replaced by update().
  ScrapeLoop(const LoopNeeds& needs, std::shared_ptr<const JobSettings> settings, Fetcher& fetcher,
             Target target, OnIdle on_idle);

  /// When tick() is due; SteadyTime::max() during a scrape.
  SteadyTime due() const { return due_; }
  void tick();
  /// New settings, or other hidden labels, of the same target: a running scrape is given up, the
  /// cache stays.
  void update(std::shared_ptr<const JobSettings> settings, Fetcher& fetcher, Target target);
  /// From now on every scrape fails without a request (metrics.md 2.4), or no longer.
  void set_over_target_limit(bool over) { over_target_limit_ = over; }

  /// The target is gone: no scrape will start any more. Returns when the markers are due.
  SteadyTime stop();
  /// Pushes the last stale markers for the series that `superseded` does not name; they carry the
  /// time the next scrape would have had. Call once, after stop().
  void push_final_markers(const std::function<bool(const model::Series&)>& superseded);
  Timestamp made_at() const { return made_at_; }
  Timestamp stopped_at() const { return stopped_at_; }

  const Target& target() const { return target_; }
  /// The labels that nobody sees are as in `other` too, which is the same target.
  bool same_settings(const Target& other) const;
  const SeriesCache& cache() const { return cache_; }
  model::TargetStatus status() const;

 private:
  void on_head(const FetchHead& head) override { page_->on_head(head); }
  bool on_body(std::string_view bytes) override { return page_->on_body(bytes); }
  void on_done(const Result<int>& status) override;

  void begin_scrape();
  void finish_scrape(const Status& outcome);
  void count_page(const PageCounts& counts);
  void add_samples(model::SampleBatch& batch, const Page& page);
  void add_report(model::SampleBatch& batch, bool good);
  void add_markers(model::SampleBatch& batch, const std::vector<SeriesState*>& ended,
                   std::int64_t at_ms);
  void push(model::SampleBatch&& batch);
  void schedule();
  FetchRequest make_request() const;
  SeriesLabels labels() const;

  LoopNeeds needs_;
  std::shared_ptr<const JobSettings> settings_;
  Fetcher* fetcher_;
  Target target_;
  OnIdle on_idle_;
  Ticks ticks_;
  SeriesCache cache_;
  std::optional<SeriesLabels> labels_;  // of settings_ and target_
  std::optional<Page> page_;            // while fetching
  std::unique_ptr<Fetch> fetch_;
  SteadyTime due_{};
  SteadyTime started_{};
  Timestamp scrape_time_{};
  Timestamp made_at_;
  Timestamp stopped_at_{};
  Timestamp final_time_{};
  bool over_target_limit_ = false;
  std::size_t last_page_samples_ = 0;            // what to make room for
  std::vector<std::uint64_t> unsaid_ended_ids_;  // of a batch that was not taken
  model::Health health_ = model::Health::Unknown;
  std::string last_error_;
  Duration last_duration_{};
  Timestamp last_scrape_{};
  std::uint64_t last_samples_ = 0;
};

}  // namespace agent::scrape
