#pragma once
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "agent/model/relabel_rule.h"

namespace agent::logs {

/// Which discovered labels (`__x`) the rules of a job can see. The others go away unseen, so a
/// source need not make them: no reverse DNS, no look-up for each process id.
class UsedLabels {
 public:
  explicit UsedLabels(const std::vector<model::RelabelRule>& rules);
  bool uses(std::string_view name) const { return all_ || names_.find(name) != names_.end(); }
  /// True where some label that begins with `prefix` is used.
  bool uses_any(std::string_view prefix) const;

 private:
  bool all_ = false;  // a rule goes through all labels
  std::set<std::string, std::less<>> names_;
};

}  // namespace agent::logs
