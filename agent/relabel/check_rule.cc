#include "agent/relabel/check_rule.h"

#include <algorithm>

#include "agent/base/strings.h"
#include "agent/relabel/template.h"

namespace agent::relabel {
namespace {

using Action = model::RelabelAction;
using model::RelabelRule;

// Keys of a rule, as bits.
constexpr unsigned kSources = 1U << 0U;
constexpr unsigned kSeparator = 1U << 1U;
constexpr unsigned kRegex = 1U << 2U;
constexpr unsigned kReplacement = 1U << 3U;
constexpr unsigned kTarget = 1U << 4U;
constexpr unsigned kModulus = 1U << 5U;
constexpr unsigned kGraphite = 1U << 6U;

// What each action is called, needs, and refuses because it would have no effect.
struct ActionKind {
  Action action;
  std::string_view word;
  unsigned needs;
  unsigned refuses;
};
constexpr unsigned kOnlyCompared = kRegex | kModulus | kSeparator | kReplacement | kGraphite;
constexpr unsigned kOnlyRegex =
    kSources | kSeparator | kReplacement | kTarget | kModulus | kGraphite;
constexpr ActionKind kActions[] = {
    {Action::Replace, "replace", kTarget, kGraphite},
    {Action::Keep, "keep", 0, kGraphite},
    {Action::Drop, "drop", 0, kGraphite},
    {Action::KeepEqual, "keepequal", kTarget, kOnlyCompared},
    {Action::DropEqual, "dropequal", kTarget, kOnlyCompared},
    {Action::HashMod, "hashmod", kTarget | kModulus, kGraphite},
    {Action::LabelMap, "labelmap", 0, kGraphite},
    {Action::LabelDrop, "labeldrop", 0, kOnlyRegex},
    {Action::LabelKeep, "labelkeep", 0, kOnlyRegex},
    {Action::Lowercase, "lowercase", kTarget, kReplacement | kGraphite},
    {Action::Uppercase, "uppercase", kTarget, kReplacement | kGraphite},
    {Action::ReplaceAll, "replace_all", kSources | kTarget, kGraphite},
    {Action::LabelMapAll, "labelmap_all", 0, kSources | kTarget | kModulus | kGraphite},
    {Action::KeepIfEqual, "keep_if_equal", kSources, kOnlyCompared | kTarget},
    {Action::DropIfEqual, "drop_if_equal", kSources, kOnlyCompared | kTarget},
    {Action::KeepIfContains, "keep_if_contains", kSources | kTarget, kOnlyCompared},
    {Action::DropIfContains, "drop_if_contains", kSources | kTarget, kOnlyCompared},
    {Action::KeepMetrics, "keep_metrics", kRegex, kOnlyRegex},
    {Action::DropMetrics, "drop_metrics", kRegex, kOnlyRegex},
    {Action::Graphite, "graphite", kGraphite, kOnlyRegex & ~kGraphite},
};
constexpr std::pair<unsigned, const char*> kKeyNames[] = {
    {kSources, "source_labels"},     {kSeparator, "separator"}, {kRegex, "regex"},
    {kReplacement, "replacement"},   {kTarget, "target_label"}, {kModulus, "modulus"},
    {kGraphite, "match and labels"},
};

const ActionKind& kind_of(Action action) {
  return *std::find_if(std::begin(kActions), std::end(kActions),
                       [&](const ActionKind& kind) { return kind.action == action; });
}

// The keys that differ from their defaults.
unsigned keys_set(const RelabelRule& rule) {
  const RelabelRule defaults;
  unsigned out = 0;
  if (!rule.source_labels.empty()) out |= kSources;
  if (rule.separator != defaults.separator) out |= kSeparator;
  if (rule.regex != defaults.regex) out |= kRegex;
  if (rule.replacement != defaults.replacement) out |= kReplacement;
  if (!rule.target_label.empty()) out |= kTarget;
  if (rule.modulus != 0) out |= kModulus;
  if (!rule.match.empty() || !rule.labels.empty()) out |= kGraphite;
  return out;
}

// A name, or a template of one.
bool is_valid_name_template(std::string_view text, model::NameValidation scheme) {
  const std::string literal = Template::literal_part(text);
  if (literal.size() == text.size()) return is_valid_label_name(text, scheme);
  // A digit may stand first only behind a reference.
  return literal.empty() || is_valid_label_name((text[0] == '$' ? "_" : "") + literal, scheme);
}

std::optional<RuleFault> check_names(const RelabelRule& rule, model::NameValidation scheme) {
  for (const auto& name : rule.source_labels)
    if (!is_valid_label_name(name, model::NameValidation::Utf8))
      return RuleFault{"source_labels", "\"" + name + "\" is not a valid label name"};
  const bool is_template = rule.action == Action::Replace || rule.action == Action::ReplaceAll;
  const bool valid = is_template ? is_valid_name_template(rule.target_label, scheme)
                                 : is_valid_label_name(rule.target_label, scheme);
  if (!rule.target_label.empty() && !valid)
    return RuleFault{"target_label", "\"" + rule.target_label + "\" is not a valid label name"};
  if (rule.action == Action::LabelMap && !is_valid_name_template(rule.replacement, scheme))
    return RuleFault{"replacement", "\"" + rule.replacement + "\" makes no valid label name"};
  return std::nullopt;
}

std::optional<RuleFault> check_counts(const RelabelRule& rule) {
  const bool compares = rule.action == Action::KeepIfEqual || rule.action == Action::DropIfEqual;
  if (compares && rule.source_labels.size() < 2)
    return RuleFault{"source_labels",
                     std::string(to_string(rule.action)) + " compares at least two labels"};
  if (rule.action == Action::Graphite && (rule.match.empty() || rule.labels.empty()))
    return RuleFault{"", "graphite needs match and labels"};
  return std::nullopt;
}

}  // namespace

std::optional<RuleFault> check_rule(const RelabelRule& rule, model::NameValidation scheme) {
  const ActionKind& kind = kind_of(rule.action);
  const unsigned set = keys_set(rule);
  for (const auto& [key, name] : kKeyNames) {
    // `keep_metrics` may get its condition from `if`.
    if ((kind.needs & ~set & key) != 0 && !(key == kRegex && !rule.condition.empty()))
      return RuleFault{key == kGraphite ? "" : name,
                       "action " + std::string(kind.word) + " needs " + name};
    if ((kind.refuses & set & key) != 0)
      return RuleFault{key == kGraphite ? "" : name,
                       "action " + std::string(kind.word) + " does not use " + name};
  }
  if (auto fault = check_counts(rule)) return fault;
  return check_names(rule, scheme);
}

bool is_valid_label_name(std::string_view name, model::NameValidation scheme) {
  if (name.empty()) return false;
  if (scheme == model::NameValidation::Utf8) return is_valid_utf8(name);
  const auto legal = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
  };
  return !(name[0] >= '0' && name[0] <= '9') && std::all_of(name.begin(), name.end(), legal);
}

std::optional<Action> parse_action(std::string_view word) {
  for (const auto& kind : kActions)
    if (equals_ignoring_case(kind.word, word)) return kind.action;
  return std::nullopt;
}

std::vector<std::string_view> action_words() {
  std::vector<std::string_view> out;
  for (const auto& kind : kActions)
    out.push_back(kind.word);
  return out;
}

std::string_view to_string(Action action) { return kind_of(action).word; }

}  // namespace agent::relabel
