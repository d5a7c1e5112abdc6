#include "agent/scrape/manager.h"

#include <algorithm>

#include "agent/base/hash.h"
#include "agent/base/strings.h"

namespace agent::scrape {

namespace {

// A loop made up to this long before another one stopped counts as its successor: a target moves
// from job to job within one update.
constexpr Duration kSameUpdate = std::chrono::seconds(5);

// Which targets there are is not a setting: set_targets() tells.
bool same_settings(const model::ScrapeJob& a, const model::ScrapeJob& b) {
  model::ScrapeJob other = b;
  other.static_groups = a.static_groups;
  other.file_discovery = a.file_discovery;
  other.docker_discovery = a.docker_discovery;
  return a == other;
}

}  // namespace

Manager::Manager(Needs needs) : needs_(std::move(needs)) {}
Manager::~Manager() = default;

Status Manager::apply(const std::vector<model::ScrapeJob>& jobs,
                      const model::LabelSet& external_labels) {
  std::vector<std::shared_ptr<const JobSettings>> settings;
  for (const auto& job : jobs) {
    auto made = make_job_settings(job);
    if (!made) return made.error();
    settings.push_back(std::move(*made));
  }
  host_seed_ = hash64(needs_.host, model::hash_of(external_labels));
  for (auto at = pools_.begin(); at != pools_.end();) {
    const bool stays = std::any_of(jobs.begin(), jobs.end(),
                                   [&](const auto& job) { return job.name == at->first; });
    if (stays) {
      ++at;
      continue;
    }
    at->second->clear();
    at = pools_.erase(at);
  }
  for (const auto& made : settings)
    add_or_update(made);
  set_timer();
  return {};
}

void Manager::add_or_update(const std::shared_ptr<const JobSettings>& settings) {
  const auto& job = settings->job;
  const auto known = pools_.find(job.name);
  if (known == pools_.end()) {
    const LoopNeeds loop_needs{needs_.clock, ids_, needs_.sink, needs_.counters, host_seed_};
    auto pool = std::make_unique<Pool>(
        loop_needs, settings, needs_.make_fetcher(job.http),
        Pool::Events{[this](ScrapeLoop& loop) {
                       enqueue(loop);
                       set_timer();
                     },
                     [this](std::unique_ptr<ScrapeLoop> loop) { end(std::move(loop)); }});
    Pool& made = *pools_.emplace(job.name, std::move(pool)).first->second;
    made.set_groups(job.static_groups);
    return;
  }
  Pool& pool = *known->second;
  const model::ScrapeJob& old = pool.settings().job;
  if (same_settings(old, job)) return;
  pool.update(settings, old.http == job.http ? nullptr : needs_.make_fetcher(job.http));
}

void Manager::set_targets(const std::string& job, std::vector<model::TargetGroup> groups) {
  const auto pool = pools_.find(job);
  if (pool == pools_.end()) return;
  pool->second->set_groups(std::move(groups));
  set_timer();
}

void Manager::enqueue(ScrapeLoop& loop) {
  dequeue(loop);
  queued_.emplace(&loop, loop.due());
  queue_.emplace(loop.due(), &loop);
}

void Manager::dequeue(ScrapeLoop& loop) {
  const auto at = queued_.find(&loop);
  if (at == queued_.end()) return;
  queue_.erase({at->second, &loop});
  queued_.erase(at);
}

void Manager::end(std::unique_ptr<ScrapeLoop> loop) {
  dequeue(*loop);
  const SteadyTime due = loop->stop();
  endings_.push_back({std::move(loop), due});
}

SteadyTime Manager::next_due() const {
  SteadyTime due = queue_.empty() ? SteadyTime::max() : queue_.begin()->first;
  for (const auto& ending : endings_)
    due = std::min(due, ending.due);
  return due;
}

void Manager::run_due() {
  const SteadyTime now = needs_.clock.steady_now();
  while (!queue_.empty() && queue_.begin()->first <= now) {
    ScrapeLoop& loop = *queue_.begin()->second;
    dequeue(loop);
    loop.tick();  // it comes back into the queue when it has finished
  }
  for (std::size_t i = 0; i < endings_.size();) {
    if (endings_[i].due > now) {
      ++i;
      continue;
    }
    Ending ending = std::move(endings_[i]);
    endings_.erase(endings_.begin() + static_cast<std::ptrdiff_t>(i));
    finish_ending(std::move(ending));
  }
  set_timer();
}

// A series is superseded when a newer loop has written it since the old one stopped.
void Manager::finish_ending(Ending ending) {
  const std::int64_t since_ms = to_unix_ms(ending.loop->stopped_at());
  std::vector<const ScrapeLoop*> successors;
  for (const auto& [name, pool] : pools_)
    for (const auto& loop : pool->loops())
      if (loop->made_at() >= ending.loop->stopped_at() - kSameUpdate)
        successors.push_back(loop.get());
  ending.loop->push_final_markers([&](const model::Series& series) {
    return std::any_of(successors.begin(), successors.end(), [&](const ScrapeLoop* loop) {
      return loop->cache().has_written(series.labels.bytes(), since_ms);
    });
  });
}

void Manager::set_timer() {
  const SteadyTime due = next_due();
  if (due == timer_due_ && timer_.armed()) return;
  timer_due_ = due;
  timer_.stop();
  if (due == SteadyTime::max()) return;
  const Duration wait = std::max(due - needs_.clock.steady_now(), Duration::zero());
  timer_ = needs_.loop.after(wait, [this] {
    timer_due_ = SteadyTime::max();
    timer_.stop();
    run_due();
  });
}

std::vector<model::TargetStatus> Manager::status() const {
  std::vector<model::TargetStatus> out;
  for (const auto& [name, pool] : pools_)
    for (const auto& loop : pool->loops())
      out.push_back(loop->status());
  return out;
}

std::map<std::string, std::vector<DroppedTarget>> Manager::dropped() const {
  std::map<std::string, std::vector<DroppedTarget>> out;
  for (const auto& [name, pool] : pools_) {
    std::vector<DroppedTarget> shown = pool->dropped();
    const std::uint64_t keep = pool->settings().job.keep_dropped_targets;
    if (keep > 0 && shown.size() > keep) shown.resize(keep);
    if (!shown.empty()) out.emplace(name, std::move(shown));
  }
  return out;
}

}  // namespace agent::scrape
