#include "agent/logs/sources/stream_labels.h"

#include <utility>

#include "agent/base/strings.h"

namespace agent::logs {

StreamLabels::StreamLabels(relabel::RuleSet rules, model::LabelTable& table)
    : rules_(std::move(rules)), table_(table) {}

StreamLabels::Known StreamLabels::compute(const model::LabelSet& discovered) const {
  Known out;
  out.discovered = discovered;
  model::LabelSet labels = discovered;
  if (!rules_.apply(labels)) return out;
  model::LabelSet kept;
  for (const auto& label : labels)
    if (!label.name.starts_with("__") && is_valid_utf8(label.value))
      kept.set(label.name, label.value);
  out.outcome = kept.empty() ? Outcome::Empty : Outcome::Kept;
  if (!kept.empty()) out.labels = model::PinnedLabels(table_.intern(kept));
  return out;
}

StreamLabels::Resolved StreamLabels::resolve(const model::LabelSet& discovered) {
  const std::uint64_t hash = model::hash_of(discovered);
  const auto at = by_hash_.find(hash);
  if (at != by_hash_.end() && at->second->discovered == discovered) {
    recent_.splice(recent_.begin(), recent_, at->second);
    return {at->second->outcome, at->second->labels.get()};
  }
  if (at != by_hash_.end()) {  // another set of the same hash gives way
    recent_.erase(at->second);
    by_hash_.erase(at);
  }
  recent_.push_front(compute(discovered));
  recent_.front().hash = hash;
  by_hash_[hash] = recent_.begin();
  if (recent_.size() > kMostRemembered) {
    by_hash_.erase(recent_.back().hash);
    recent_.pop_back();
  }
  return {recent_.front().outcome, recent_.front().labels.get()};
}

}  // namespace agent::logs
