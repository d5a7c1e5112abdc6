#pragma once
// From what a source knows about one entry to the labels of its stream.
#include <cstdint>
#include <list>
#include <unordered_map>

#include "agent/model/label_set.h"
#include "agent/model/label_table.h"
#include "agent/relabel/rule_set.h"

namespace agent::logs {

/// Relabels discovered labels, takes away those that start with `__`, and interns the rest. What
/// was resolved before is remembered (the newest few thousand), so that a stream's entries cost a
/// hash. Loop thread.
class StreamLabels {
 public:
  /// `table` outlives this.
  StreamLabels(relabel::RuleSet rules, model::LabelTable& table);

  enum class Outcome { Kept, Dropped, Empty };
  struct Resolved {
    Outcome outcome = Outcome::Dropped;
    /// With Kept; good until the push of the batch returns, as all labels of entries.
    const model::Labels* labels = nullptr;
  };
  /// Dropped: by a rule. Empty: no label is left. Spec: logs.md 2.3 to 2.7.
  Resolved resolve(const model::LabelSet& discovered);

 private:
  static constexpr std::size_t kMostRemembered = 4096;
  struct Known {
    std::uint64_t hash = 0;
    model::LabelSet discovered;
    Outcome outcome = Outcome::Dropped;
    model::PinnedLabels labels;
  };
  Known compute(const model::LabelSet& discovered) const;
  relabel::RuleSet rules_;
  model::LabelTable& table_;
  std::list<Known> recent_;  // the one used last in front
  std::unordered_map<std::uint64_t, std::list<Known>::iterator> by_hash_;
};

}  // namespace agent::logs
