#pragma once
#include <optional>
#include <string>

#include "agent/model/relabel_rule.h"
#include "agent/model/scrape_job.h"

namespace agent::relabel {

struct RuleFault {
  std::string key;  ///< in snake case; "" when it is the rule as a whole
  std::string message;
};

/// The first thing that is wrong with `rule`, apart from expressions that do not compile. Spec:
/// metrics.md 4.3, "Errors at load time".
std::optional<RuleFault> check_rule(const model::RelabelRule& rule, model::NameValidation scheme);

/// True where `name` may be a label's name. Spec: metrics.md 1.2.
bool is_valid_label_name(std::string_view name, model::NameValidation scheme);

/// As the actions are written in a file: "replace", "keep_if_equal"; nullopt for an unknown word.
/// The case does not count.
std::optional<model::RelabelAction> parse_action(std::string_view word);
/// The words of all actions, for suggestions.
std::vector<std::string_view> action_words();
std::string_view to_string(model::RelabelAction action);

}  // namespace agent::relabel
