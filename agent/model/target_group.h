#pragma once
// What discovery finds. Spec: metrics.md 3.
#include <string>
#include <vector>

#include "agent/model/label_set.h"

namespace agent::model {

/// Targets of one source: each has at least `__address__`; group labels hold where a target lacks
/// the name.
struct TargetGroup {
  std::string source;  ///< where it came from ("file:/etc/x.yml", "serviceMonitor/default/shop/0");
                       ///< unique in its job
  std::vector<LabelSet> targets;
  LabelSet labels;
  friend bool operator==(const TargetGroup&, const TargetGroup&) = default;
};

}  // namespace agent::model
