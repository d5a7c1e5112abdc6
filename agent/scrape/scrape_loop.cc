#include "agent/scrape/scrape_loop.h"

#include <utility>

#include "agent/base/check.h"
#include "agent/base/version.h"

namespace agent::scrape {
namespace {

// Timestamps of a page may be ahead of ours by this much. Spec: metrics.md 6.2.
constexpr Duration kAhead = std::chrono::minutes(10);

}  // namespace

ScrapeLoop::ScrapeLoop(const LoopNeeds& needs, std::shared_ptr<const JobSettings> settings,
                       Fetcher& fetcher, Target target, OnIdle on_idle)
    : needs_(needs),
      settings_(std::move(settings)),
      fetcher_(&fetcher),
      target_(std::move(target)),
      on_idle_(std::move(on_idle)),
      ticks_(target_.interval, target_.hash ^ needs_.host_seed),
      cache_(needs_.ids),
      labels_(labels()),
      made_at_(needs_.clock.wall_now()) {
  schedule();
}

SeriesLabels ScrapeLoop::labels() const {
  return {settings_->job, settings_->metric_relabeling, target_.labels};
}

void ScrapeLoop::schedule() {
  const Timestamp now = needs_.clock.wall_now();
  due_ = needs_.clock.steady_now() + (ticks_.next_after(now) - now);
}

void ScrapeLoop::update(std::shared_ptr<const JobSettings> settings, Fetcher& fetcher,
                        Target target) {
  fetch_.reset();
  page_.reset();
  labels_.reset();
  settings_ = std::move(settings);
  fetcher_ = &fetcher;
  target_ = std::move(target);
  labels_.emplace(labels());
  ticks_ = Ticks(target_.interval, target_.hash ^ needs_.host_seed);
  schedule();
}

bool ScrapeLoop::same_settings(const Target& other) const {
  return target_.interval == other.interval && target_.timeout == other.timeout &&
         target_.unix_socket == other.unix_socket && target_.discovered == other.discovered;
}

FetchRequest ScrapeLoop::make_request() const {
  FetchRequest out;
  out.url = target_.url;
  out.unix_socket = target_.unix_socket;
  out.timeout = target_.timeout;
  out.headers.add("Accept", settings_->accept);
  out.headers.add("Accept-Encoding", settings_->job.enable_compression ? "gzip" : "identity");
  out.headers.add("User-Agent", std::string("dunlin/") + kVersion);
  out.headers.add("X-Prometheus-Scrape-Timeout-Seconds", format_seconds(target_.timeout));
  return out;
}

void ScrapeLoop::tick() {
  if (page_) return;
  begin_scrape();
  if (over_target_limit_) {
    finish_scrape(Error{ErrorKind::Overloaded, "target_limit exceeded: the job has more than " +
                                                   std::to_string(settings_->job.limits.targets) +
                                                   " targets"});
    return;
  }
  fetch_ = fetcher_->start(make_request(), *this);
}

void ScrapeLoop::begin_scrape() {
  const Timestamp now = needs_.clock.wall_now();
  due_ = SteadyTime::max();
  started_ = needs_.clock.steady_now();
  scrape_time_ = ticks_.aligned(now);
  page_.emplace(*settings_, *labels_, cache_,
                Page::Time{to_unix_ms(scrape_time_), to_unix_ms(now + kAhead)}, last_page_samples_);
}

void ScrapeLoop::on_done(const Result<int>& status) {
  AGENT_CHECK(page_.has_value());
  // A page that failed while it was read explains more than the request that was ended for it.
  Status outcome = page_->finish();
  if (outcome.has_value() && !status) outcome = status.error();
  if (outcome.has_value() && *status != 200)
    outcome =
        Error{ErrorKind::Rejected, "the target answered with status " + std::to_string(*status)};
  finish_scrape(outcome);
}

void ScrapeLoop::finish_scrape(const Status& outcome) {
  const bool good = outcome.has_value();
  last_duration_ = needs_.clock.steady_now() - started_;
  health_ = good ? model::Health::Up : model::Health::Down;
  last_error_ = good ? std::string() : outcome.error().message;
  last_scrape_ = scrape_time_;
  last_samples_ = page_->counts().scraped;
  needs_.counters.scrapes.add();
  if (!good) needs_.counters.failed.add();

  model::SampleBatch batch;
  if (good) {
    add_samples(batch, *page_);
    count_page(page_->counts());
  } else {
    cache_.begin_page();  // the page before is forgotten: this one has no samples
  }
  add_report(batch, good);
  const auto ended = cache_.commit_page(good ? SeriesCache::Page::Good : SeriesCache::Page::Failed);
  add_markers(batch, ended.markers, to_unix_ms(scrape_time_));
  batch.ended_series = ended.removed_ids;
  page_.reset();
  push(std::move(batch));
  cache_.release();
  schedule();
  on_idle_(*this);
  // Last: the owner of this call may be the fetch itself.
  fetch_.reset();
}

void ScrapeLoop::add_samples(model::SampleBatch& batch, const Page& page) {
  batch.samples.reserve(page.samples().size() + 16);
  for (const auto& sample : page.samples())
    batch.samples.push_back({&sample.state->series, sample.timestamp_ms, sample.value});
  last_page_samples_ = page.samples().size();
}

void ScrapeLoop::count_page(const PageCounts& counts) {
  needs_.counters.in.add(counts.scraped);
  const std::pair<std::string_view, std::uint64_t> reasons[] = {
      {"relabel_drop", counts.relabeled},
      {"duplicate_timestamp", counts.duplicate},
      {"out_of_order", counts.out_of_order},
      {"out_of_bounds", counts.out_of_bounds}};
  for (const auto& [reason, samples] : reasons)
    if (samples > 0) needs_.counters.dropped.add(reason, samples);
}

// Spec: metrics.md 6.3.
void ScrapeLoop::add_report(model::SampleBatch& batch, bool good) {
  const auto& job = settings_->job;
  const PageCounts& counts = page_->counts();
  const auto number = [](std::uint64_t n) { return static_cast<double>(n); };
  double body_bytes = good ? number(page_->body_bytes()) : 0;
  if (page_->over_body_limit()) body_bytes = -1;
  const struct {
    std::string_view name;
    double value;
    bool extra;
  } series[] = {
      {"up", good ? 1.0 : 0.0, false},
      {"scrape_duration_seconds", std::chrono::duration<double>(last_duration_).count(), false},
      {"scrape_samples_scraped", number(counts.scraped), false},
      {"scrape_samples_post_metric_relabeling", number(counts.after_relabeling), false},
      {"scrape_series_added", number(counts.series_added), false},
      {"scrape_timeout_seconds", std::chrono::duration<double>(target_.timeout).count(), true},
      {"scrape_sample_limit", number(job.limits.samples), true},
      {"scrape_body_size_bytes", body_bytes, true},
  };
  const std::int64_t at_ms = to_unix_ms(scrape_time_);
  for (const auto& report : series) {
    if (report.extra && !job.extra_scrape_metrics) continue;
    model::LabelSet labels = target_.labels;
    labels.set("__name__", report.name);
    const auto recorded = cache_.record_own(labels, {at_ms, at_ms, true});
    needs_.counters.in.add();
    if (recorded.verdict == SeriesCache::Verdict::Kept) {
      batch.samples.push_back({&recorded.state->series, at_ms, report.value});
    } else {
      // The page had a series of the same labels, and the first one written wins.
      needs_.counters.dropped.add(recorded.verdict == SeriesCache::Verdict::Duplicate
                                      ? "duplicate_timestamp"
                                      : "out_of_order",
                                  1);
    }
  }
}

void ScrapeLoop::add_markers(model::SampleBatch& batch, const std::vector<SeriesState*>& ended,
                             std::int64_t at_ms) {
  for (SeriesState* state : ended) {
    // A series whose own timestamps ran ahead takes no sample from before them.
    if (state->last_ms >= at_ms) continue;
    state->last_ms = at_ms;
    batch.samples.push_back({&state->series, at_ms, model::stale_nan()});
    needs_.counters.in.add();
    needs_.counters.stale_markers.add();
  }
}

void ScrapeLoop::push(model::SampleBatch&& batch) {
  batch.ended_series.insert(batch.ended_series.end(), unsaid_ended_ids_.begin(),
                            unsaid_ended_ids_.end());
  unsaid_ended_ids_.clear();
  if (batch.samples.empty() && batch.ended_series.empty()) return;
  const std::uint64_t samples = batch.samples.size();
  if (needs_.sink.push(std::move(batch)) == model::Push::Taken) return;
  // A scrape cannot be asked for again, and a full sink will not be empty in a moment: destinations
  // of metrics make room by themselves. Receivers still have to hear what they may forget.
  needs_.counters.dropped.add("queue_full", samples);
  unsaid_ended_ids_ = std::move(batch.ended_series);  // NOLINT(bugprone-use-after-move): Full
}

SteadyTime ScrapeLoop::stop() {
  fetch_.reset();
  page_.reset();
  const Timestamp now = needs_.clock.wall_now();
  stopped_at_ = now;
  final_time_ = ticks_.next_after(now);
  due_ = SteadyTime::max();
  return needs_.clock.steady_now() + (final_time_ - now) + ticks_.interval() +
         ticks_.interval() / 10;
}

void ScrapeLoop::push_final_markers(const std::function<bool(const model::Series&)>& superseded) {
  std::vector<SeriesState*> ended;
  for (SeriesState* state : cache_.alive())
    if (!superseded(state->series)) ended.push_back(state);
  model::SampleBatch batch;
  add_markers(batch, ended, to_unix_ms(final_time_));
  batch.ended_series = cache_.ids();
  push(std::move(batch));
}

model::TargetStatus ScrapeLoop::status() const {
  model::TargetStatus out;
  out.job = settings_->job.name;
  out.url = target_.url;
  out.labels = target_.labels;
  out.discovered_labels = target_.discovered;
  out.health = health_;
  out.last_error = last_error_;
  out.last_scrape = last_scrape_;
  out.last_duration = last_duration_;
  out.interval = target_.interval;
  out.timeout = target_.timeout;
  out.last_samples = last_samples_;
  return out;
}

}  // namespace agent::scrape
