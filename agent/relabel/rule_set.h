#pragma once
// The relabeling engine: labels in, labels out; no clock, no network. Spec: metrics.md 4.
#include <memory>
#include <span>
#include <vector>

#include "agent/base/result.h"
#include "agent/model/label_set.h"
#include "agent/model/relabel_rule.h"
#include "agent/model/scrape_job.h"

namespace agent::relabel {

class Rule;

/// Compiled rules, applied in order. Immutable and shared by copies: a job compiles once, its
/// targets copy.
class RuleSet {
 public:
  /// No rules: everything passes unchanged.
  RuleSet() = default;
  /// Errors: Config, naming the rule by its index: "[2].regex: ...".
  static Result<RuleSet> compile(std::span<const model::RelabelRule> rules,
                                 model::NameValidation scheme = model::NameValidation::Utf8);

  /// Rewrites `labels`; false: dropped, and `labels` is whatever the rules before left.
  bool apply(model::LabelSet& labels) const;
  bool empty() const { return rules_.empty(); }

 private:
  std::vector<std::shared_ptr<const Rule>> rules_;
};

}  // namespace agent::relabel
