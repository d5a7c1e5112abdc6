#pragma once
// From discovered targets to globs with stream labels. Spec: logs.md 2.2.
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "agent/logs/tail/glob.h"
#include "agent/model/target_group.h"
#include "agent/relabel/rule_set.h"

namespace agent::logs {

/// One `__path__` and the labels of its streams (without `filename`).
struct FileTarget {
  Glob path;
  std::optional<Glob> exclude;
  model::LabelSet labels;
  model::LabelSet discovered;  ///< before relabelling

  bool wants(std::string_view file) const {
    return path.matches(file) && !(exclude && exclude->matches(file));
  }
};

/// A discovered target that no file is read for.
struct DroppedTarget {
  model::LabelSet discovered;
  std::string reason;  ///< dropped wrong_host no_path exists error
};

struct ResolvedTargets {
  std::vector<FileTarget> targets;
  std::map<std::string, std::uint64_t> failed;  ///< by reason
  std::vector<DroppedTarget> dropped;           ///< the first hundred
  std::vector<std::string> errors;              ///< globs that do not compile
};

/// Relabels the targets of all groups and reads their pseudo labels. `host` is this machine's name,
/// for `__host__`. Label values that are no UTF-8 are not set.
ResolvedTargets resolve_targets(const std::vector<model::TargetGroup>& groups,
                                const relabel::RuleSet& rules, const std::string& host);

/// The environment's HOSTNAME, else hostname(2).
std::string this_host();

}  // namespace agent::logs
