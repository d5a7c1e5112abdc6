#include "agent/logs/stages/time_setter.h"

namespace agent::logs {

TimeSetter::Known* TimeSetter::find(std::uint64_t labels) {
  if (!recent_.empty() && recent_.front().labels == labels) return &recent_.front();
  const auto at = by_labels_.find(labels);
  if (at == by_labels_.end()) return nullptr;
  recent_.splice(recent_.begin(), recent_, at->second);
  return &recent_.front();
}

void TimeSetter::set(Entry& entry, std::optional<Timestamp> time) {
  if (!time && on_failure_ == TimeFailure::Skip) return;
  if (on_failure_ == TimeFailure::Skip && on_repeat_ == TimeRepeat::Keep) {
    entry.timestamp = *time;
    return;
  }
  const std::uint64_t labels = entry.labels->hash();
  Known* known = find(labels);
  const bool repeats =
      time && known != nullptr && on_repeat_ == TimeRepeat::Fudge && *time == known->read;
  if (time && !repeats) {
    entry.timestamp = *time;
  } else if (known != nullptr) {
    entry.timestamp = known->last + Duration(1);
  } else {
    return;
  }
  if (known != nullptr) {
    known->last = entry.timestamp;
    if (time) known->read = *time;
    return;
  }
  recent_.push_front({labels, entry.timestamp, *time});
  by_labels_[labels] = recent_.begin();
  if (recent_.size() <= kMaxLabelSets) return;
  by_labels_.erase(recent_.back().labels);
  recent_.pop_back();
}

}  // namespace agent::logs
