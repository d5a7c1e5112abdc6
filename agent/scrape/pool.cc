#include "agent/scrape/pool.h"

#include <utility>

namespace agent::scrape {

Pool::Pool(const LoopNeeds& needs, std::shared_ptr<const JobSettings> settings,
           std::unique_ptr<Fetcher> fetcher, Events events)
    : needs_(needs),
      settings_(std::move(settings)),
      fetcher_(std::move(fetcher)),
      events_(std::move(events)) {}

void Pool::set_groups(std::vector<model::TargetGroup> groups) {
  groups_ = std::move(groups);
  sync(Caches::Keep);
}

void Pool::update(std::shared_ptr<const JobSettings> settings, std::unique_ptr<Fetcher> fetcher) {
  const Caches caches =
      label_series_alike(settings_->job, settings->job) ? Caches::Keep : Caches::Drop;
  settings_ = std::move(settings);
  // Running fetches belong to the old fetcher: it goes after the loops have left it.
  const std::unique_ptr<Fetcher> old =
      fetcher ? std::exchange(fetcher_, std::move(fetcher)) : nullptr;
  settings_changed_ = true;
  sync(caches);
  settings_changed_ = false;
}

void Pool::clear() {
  for (auto& loop : std::exchange(loops_, {}))
    events_.on_gone(std::move(loop));
}

std::unique_ptr<ScrapeLoop> Pool::make_loop(Target target) {
  return std::make_unique<ScrapeLoop>(needs_, settings_, *fetcher_, std::move(target),
                                      [this](ScrapeLoop& loop) { events_.on_due(loop); });
}

void Pool::sync(Caches caches) {
  TargetSet targets = build_targets(settings_->job, settings_->relabeling, groups_);
  dropped_ = std::move(targets.dropped);
  std::unordered_multimap<std::uint64_t, std::unique_ptr<ScrapeLoop>> old;
  for (auto& loop : std::exchange(loops_, {})) {
    const std::uint64_t hash = loop->target().hash;
    old.emplace(hash, std::move(loop));
  }
  const auto take_old = [&](const Target& target) {
    const auto [first, last] = old.equal_range(target.hash);
    for (auto at = first; at != last; ++at)
      if (at->second->target().same_as(target)) return std::move(old.extract(at).mapped());
    return std::unique_ptr<ScrapeLoop>();
  };
  const std::uint64_t limit = settings_->job.limits.targets;
  const bool over_limit = limit > 0 && targets.active.size() > limit;
  for (auto& target : targets.active) {
    auto loop = caches == Caches::Keep ? take_old(target) : nullptr;
    if (!loop) {
      loop = make_loop(std::move(target));
    } else if (settings_changed_ || !loop->same_settings(target)) {
      loop->update(settings_, *fetcher_, std::move(target));
    }
    loop->set_over_target_limit(over_limit);
    events_.on_due(*loop);
    loops_.push_back(std::move(loop));
  }
  for (auto& [hash, loop] : old)
    events_.on_gone(std::move(loop));
}

}  // namespace agent::scrape
