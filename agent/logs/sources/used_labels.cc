#include "agent/logs/sources/used_labels.h"

namespace agent::logs {
namespace {

using model::RelabelAction;

// Rules that look at more than their source and target labels.
bool sees_all(const model::RelabelRule& rule) {
  switch (rule.action) {
    case RelabelAction::LabelMap:
    case RelabelAction::LabelMapAll:
    case RelabelAction::Graphite:
      return true;
    default:
      // vmagent's conditions, and its `{{label}}` in replacements.
      return !rule.condition.empty() || rule.replacement.find("{{") != std::string::npos;
  }
}

}  // namespace

UsedLabels::UsedLabels(const std::vector<model::RelabelRule>& rules) {
  for (const auto& rule : rules) {
    all_ = all_ || sees_all(rule);
    names_.insert(rule.source_labels.begin(), rule.source_labels.end());
    names_.insert(rule.target_label);
  }
}

bool UsedLabels::uses_any(std::string_view prefix) const {
  const auto at = names_.lower_bound(prefix);
  return all_ || (at != names_.end() && at->starts_with(prefix));
}

}  // namespace agent::logs
