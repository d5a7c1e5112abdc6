#include "agent/relabel/rule.h"

#include <algorithm>

#include <re2/re2.h>

#include "agent/base/hash.h"
#include "agent/relabel/case_map.h"

namespace agent::relabel {
namespace {

using Action = model::RelabelAction;
using model::LabelSet;
using References = Template::LabelReferences;

constexpr std::string_view kDefaultRegex = "(.*)";

GroupNames group_names(const RE2& regex) {
  GroupNames out(static_cast<std::size_t>(regex.NumberOfCapturingGroups()) + 1);
  for (const auto& [number, name] : regex.CapturingGroupNames())
    out[static_cast<std::size_t>(number)] = name;
  return out;
}

// A graphite pattern as a regex: `*` is one part without dots.
std::string graphite_regex(std::string_view match) {
  std::string out;
  for (const char c : match)
    out += c == '*' ? std::string("([^.]*)") : RE2::QuoteMeta(re2::StringPiece(&c, 1));
  return out;
}

Error in_key(const char* key, const Error& error) { return error.within(key); }

}  // namespace

Result<std::shared_ptr<const Rule>> Rule::compile(const model::RelabelRule& rule,
                                                  model::NameValidation scheme) {
  if (const auto fault = check_rule(rule, scheme))
    return Error{ErrorKind::Config,
                 fault->key.empty() ? fault->message : fault->key + ": " + fault->message};
  auto out = std::make_shared<Rule>();
  out->rule_ = rule;
  out->scheme_ = scheme;
  for (const auto& text : rule.condition) {
    auto selector = Selector::parse(text);
    if (!selector) return in_key("if", selector.error());
    out->condition_.push_back(std::move(*selector));
  }
  if (const Status compiled = out->compile_expressions(); !compiled) return compiled.error();
  return std::shared_ptr<const Rule>(std::move(out));
}

Status Rule::compile_expressions() {
  const bool graphite = rule_.action == Action::Graphite;
  const bool anywhere = rule_.action == Action::ReplaceAll || rule_.action == Action::LabelMapAll;
  GroupNames names(2);
  if (graphite || anywhere || rule_.regex != kDefaultRegex) {
    auto regex = anywhere ? compile_unanchored(rule_.regex)
                          : compile_anchored(graphite ? graphite_regex(rule_.match) : rule_.regex);
    if (!regex) return in_key(graphite ? "match" : "regex", regex.error());
    regex_ = std::move(*regex);
    names = group_names(*regex_);
  }
  target_ = Template(rule_.target_label, names, References::No);
  replacement_ = Template(rule_.replacement, names, References::Yes);
  for (const auto& [name, text] : rule_.labels)
    labels_.emplace_back(name, Template(text, names, References::Yes));
  return {};
}

bool Rule::apply(LabelSet& labels) const {
  // A `keep` whose condition does not hold drops; every other rule is skipped.
  if (!condition_holds(labels))
    return rule_.action != Action::Keep && rule_.action != Action::KeepMetrics;
  return apply_unconditionally(labels);
}

bool Rule::condition_holds(const LabelSet& labels) const {
  return condition_.empty() ||
         std::any_of(condition_.begin(), condition_.end(),
                     [&](const Selector& selector) { return selector.matches(labels); });
}

bool Rule::apply_unconditionally(LabelSet& labels) const {
  switch (rule_.action) {
    case Action::Replace:
      replace(labels);
      return true;
    case Action::HashMod:
      labels.set(rule_.target_label,
                 std::to_string(md5_tail64(source_value(labels)) % rule_.modulus));
      return true;
    case Action::LabelMap:
      map_names(labels);
      return true;
    case Action::LabelDrop:
      remove_names(labels, true);
      return true;
    case Action::LabelKeep:
      remove_names(labels, false);
      return true;
    case Action::Lowercase:
      labels.set(rule_.target_label, to_lower_unicode(source_value(labels)));
      return true;
    case Action::Uppercase:
      labels.set(rule_.target_label, to_upper_unicode(source_value(labels)));
      return true;
    case Action::ReplaceAll:
      replace_all(labels);
      return true;
    case Action::LabelMapAll:
      rename_everywhere(labels);
      return true;
    case Action::Graphite:
      graphite(labels);
      return true;
    default:
      return passes(labels);
  }
}

bool Rule::passes(const LabelSet& labels) const {
  switch (rule_.action) {
    case Action::Keep:
      return regex_matches(source_value(labels));
    case Action::Drop:
      return !regex_matches(source_value(labels));
    case Action::KeepEqual:
      return source_value(labels) == labels.get(rule_.target_label);
    case Action::DropEqual:
      return source_value(labels) != labels.get(rule_.target_label);
    case Action::KeepIfEqual:
      return all_sources_equal(labels);
    case Action::DropIfEqual:
      return !all_sources_equal(labels);
    case Action::KeepIfContains:
      return target_contains_sources(labels);
    case Action::DropIfContains:
      return !target_contains_sources(labels);
    case Action::KeepMetrics:
      return regex_matches(labels.get("__name__"));
    case Action::DropMetrics:
      return !regex_matches(labels.get("__name__"));
    default:
      return true;
  }
}

std::string Rule::source_value(const LabelSet& labels) const {
  std::string out;
  for (std::size_t i = 0; i < rule_.source_labels.size(); ++i) {
    if (i > 0) out += rule_.separator;
    out += labels.get(rule_.source_labels[i]);
  }
  return out;
}

bool Rule::regex_matches(std::string_view text) const { return !regex_ || matches(*regex_, text); }

bool Rule::capture(std::string_view text, std::size_t groups, Captures& out) const {
  if (!regex_) {
    out.assign(2, text);
    return true;
  }
  std::vector<re2::StringPiece> pieces(groups);
  if (!regex_->Match({text.data(), text.size()}, 0, text.size(), RE2::UNANCHORED, pieces.data(),
                     static_cast<int>(groups)))
    return false;
  out.clear();
  for (const auto& piece : pieces)
    out.emplace_back(piece.data(), piece.size());
  return true;
}

bool Rule::all_sources_equal(const LabelSet& labels) const {
  const std::string_view first = labels.get(rule_.source_labels[0]);
  return std::all_of(rule_.source_labels.begin(), rule_.source_labels.end(),
                     [&](const std::string& name) { return labels.get(name) == first; });
}

bool Rule::target_contains_sources(const LabelSet& labels) const {
  const std::string_view target = labels.get(rule_.target_label);
  return std::all_of(rule_.source_labels.begin(), rule_.source_labels.end(),
                     [&](const std::string& name) {
                       return target.find(labels.get(name)) != std::string_view::npos;
                     });
}

void Rule::replace(LabelSet& labels) const {
  const std::string value = source_value(labels);
  Captures captures;
  if (!capture(value, std::max(target_.groups_needed(), replacement_.groups_needed()), captures))
    return;
  const std::string name = target_.expand(captures, labels);
  if (is_valid_label_name(name, scheme_)) labels.set(name, replacement_.expand(captures, labels));
}

std::string Rule::replace_everywhere(std::string_view text, const LabelSet& labels) const {
  std::string out;
  std::vector<re2::StringPiece> pieces(std::max<std::size_t>(1, replacement_.groups_needed()));
  const re2::StringPiece input(text.data(), text.size());
  std::size_t at = 0;
  while (at <= text.size() && regex_->Match(input, at, text.size(), RE2::UNANCHORED, pieces.data(),
                                            static_cast<int>(pieces.size()))) {
    const auto begin = static_cast<std::size_t>(pieces[0].data() - text.data());
    out += text.substr(at, begin - at);
    Captures captures;
    for (const auto& piece : pieces)
      captures.emplace_back(piece.data(), piece.size());
    out += replacement_.expand(captures, labels);
    at = begin + pieces[0].size();
    // An empty match moves on by one byte.
    if (pieces[0].empty()) {
      if (at < text.size()) out += text[at];
      ++at;
    }
  }
  if (at < text.size()) out += text.substr(at);
  return out;
}

void Rule::replace_all(LabelSet& labels) const {
  const std::string value = source_value(labels);
  std::string replaced = replace_everywhere(value, labels);
  if (replaced != value) labels.set(rule_.target_label, replaced);
}

void Rule::map_names(LabelSet& labels) const {
  const LabelSet before = labels;
  Captures captures;
  for (const auto& label : before) {
    if (!capture(label.name, replacement_.groups_needed(), captures)) continue;
    const std::string name = replacement_.expand(captures, before);
    if (is_valid_label_name(name, scheme_)) labels.set(name, label.value);
  }
}

void Rule::rename_everywhere(LabelSet& labels) const {
  const LabelSet before = labels;
  for (const auto& label : before) {
    const std::string name = replace_everywhere(label.name, before);
    if (name == label.name) continue;
    labels.erase(label.name);
    if (is_valid_label_name(name, scheme_)) labels.set(name, label.value);
  }
}

void Rule::remove_names(LabelSet& labels, bool where_matching) const {
  LabelSet left;
  for (const auto& label : labels)
    if (regex_matches(label.name) != where_matching) left.set(label.name, label.value);
  labels = std::move(left);
}

void Rule::graphite(LabelSet& labels) const {
  const std::string name(labels.get("__name__"));
  Captures captures;
  const auto groups = static_cast<std::size_t>(regex_->NumberOfCapturingGroups()) + 1;
  if (!capture(name, groups, captures)) return;
  const LabelSet before = labels;
  for (const auto& [target, value] : labels_)
    labels.set(target, value.expand(captures, before));
}

}  // namespace agent::relabel
