#include "agent/relabel/rule_set.h"

#include <algorithm>
#include <string>

#include "agent/relabel/rule.h"

namespace agent::relabel {

Result<RuleSet> RuleSet::compile(std::span<const model::RelabelRule> rules,
                                 model::NameValidation scheme) {
  RuleSet out;
  for (std::size_t i = 0; i < rules.size(); ++i) {
    auto rule = Rule::compile(rules[i], scheme);
    if (!rule) return rule.error().within("[" + std::to_string(i) + "]");
    out.rules_.push_back(std::move(*rule));
  }
  return out;
}

bool RuleSet::apply(model::LabelSet& labels) const {
  return std::all_of(rules_.begin(), rules_.end(),
                     [&](const auto& rule) { return rule->apply(labels); });
}

}  // namespace agent::relabel
