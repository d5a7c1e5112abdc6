#pragma once
// Interned label sets for log entries.
//
// DESIGN. Most lines of a file carry the same few label sets, and stages change them in the same
// few ways. So an entry holds one pointer, equal sets are one object, and setting or removing a
// label is a look-up in the set's table of transitions. Grouping entries into streams is comparing
// pointers. Sets nobody pinned are forgotten by sweep(), which runs between batches: a pointer that
// has to outlive the push of a batch must be pinned.
#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "agent/model/label_set.h"

namespace agent::model {

/// One interned label set. Immutable; address stable while pinned or until the next
/// LabelTable::sweep().
class Labels {
 public:
  const LabelSet& set() const { return set_; }
  std::string_view get(std::string_view name) const { return set_.get(name); }
  std::uint64_t hash() const { return hash_; }

 private:
  friend class LabelTable;
  friend class PinnedLabels;
  LabelSet set_;
  std::uint64_t hash_ = 0;
  mutable std::uint32_t pins_ = 0;
  mutable std::uint32_t last_used_ = 0;  // sweep number
};

/// Owns interned sets. One table for each logs pipeline; loop thread.
class LabelTable {
 public:
  LabelTable();
  ~LabelTable();
  LabelTable(const LabelTable&) = delete;
  LabelTable& operator=(const LabelTable&) = delete;

  const Labels* intern(const LabelSet& labels);
  /// `base` with `name` set to `value`; "" removes. Does not allocate when this change was made
  /// before.
  const Labels* with(const Labels* base, std::string_view name, std::string_view value);
  const Labels* without(const Labels* base, std::string_view name) { return with(base, name, {}); }
  /// Forgets sets that are neither pinned nor used since the last but one sweep, once there are
  /// more than `keep_at_least`. Call between batches only.
  void sweep(std::size_t keep_at_least = 1024);
  std::size_t size() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// Keeps one interned set alive across sweeps. The table must outlive it.
class PinnedLabels {
 public:
  PinnedLabels() = default;
  explicit PinnedLabels(const Labels* labels) : labels_(labels) {
    if (labels_ != nullptr) ++labels_->pins_;
  }
  PinnedLabels(const PinnedLabels& other) : PinnedLabels(other.labels_) {}
  PinnedLabels(PinnedLabels&& other) noexcept : labels_(std::exchange(other.labels_, nullptr)) {}
  PinnedLabels& operator=(PinnedLabels other) noexcept {
    std::swap(labels_, other.labels_);
    return *this;
  }
  ~PinnedLabels() {
    if (labels_ != nullptr) --labels_->pins_;
  }
  const Labels* get() const { return labels_; }

 private:
  const Labels* labels_ = nullptr;
};

}  // namespace agent::model
