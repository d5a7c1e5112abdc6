#include "agent/discovery/label_selector.h"

#include <algorithm>
#include <optional>

#include "agent/config/reader.h"
#include "agent/discovery/names.h"

namespace agent::discovery {
namespace {

using Operator = LabelSelector::Operator;

std::optional<Operator> parse_operator(std::string_view text) {
  constexpr std::pair<std::string_view, Operator> kOperators[] = {
      {"In", Operator::In},
      {"NotIn", Operator::NotIn},
      {"Exists", Operator::Exists},
      {"DoesNotExist", Operator::DoesNotExist}};
  for (const auto& [name, op] : kOperators)
    if (name == text) return op;
  return std::nullopt;
}

bool holds(const LabelSelector::Requirement& requirement, const ObjectLabels& labels) {
  const auto at = labels.find(requirement.key);
  const bool present = at != labels.end();
  const auto is_listed = [&] {
    return std::find(requirement.values.begin(), requirement.values.end(), at->second) !=
           requirement.values.end();
  };
  switch (requirement.op) {
    case Operator::In:
      return present && is_listed();
    case Operator::NotIn:
      return !present || !is_listed();
    case Operator::Exists:
      return present;
    default:
      return !present;
  }
}

LabelSelector::Requirement read_requirement(const config::Node& node, config::Report& report,
                                            const std::string& path) {
  config::Reader in(node, config::Keys::Strict, report, path);
  LabelSelector::Requirement out;
  out.key = in.required_string("key");
  const std::string op = in.required_string("operator");
  const auto parsed = parse_operator(op);
  out.values = in.strings("values");
  if (!parsed && !op.empty())
    in.error("operator", "In, NotIn, Exists or DoesNotExist is asked here, not \"" + op + "\"");
  out.op = parsed.value_or(Operator::In);
  const bool wants_values = out.op == Operator::In || out.op == Operator::NotIn;
  if (parsed && wants_values && out.values.empty())
    in.error("values", op + " needs at least one value");
  if (parsed && !wants_values && !out.values.empty()) in.error("values", op + " takes no values");
  (void)in.finish();  // what it finds is in the report
  return out;
}

}  // namespace

bool LabelSelector::matches(const ObjectLabels& labels) const {
  return std::all_of(requirements.begin(), requirements.end(),
                     [&](const auto& requirement) { return holds(requirement, labels); });
}

LabelSelector read_label_selector(const config::Node& node, config::Report& report,
                                  const std::string& path) {
  LabelSelector out;
  config::Reader in(node, config::Keys::Strict, report, path);
  for (const auto& [key, value] : read_text_map(in, "matchLabels"))
    out.requirements.push_back({key, Operator::In, {value}});
  const auto expressions = in.list("matchExpressions");
  for (std::size_t i = 0; i < expressions.size(); ++i)
    out.requirements.push_back(read_requirement(
        expressions[i], report, in.path_of("matchExpressions") + "[" + std::to_string(i) + "]"));
  (void)in.finish();  // what it finds is in the report
  return out;
}

bool NamespaceSelector::matches(const std::string& name) const {
  return any || std::find(names.begin(), names.end(), name) != names.end();
}

NamespaceSelector read_namespace_selector(const config::Node& node, config::Report& report,
                                          const std::string& path, const std::string& own) {
  NamespaceSelector out;
  config::Reader in(node, config::Keys::Strict, report, path);
  out.any = in.boolean("any", false);
  out.names = in.strings("matchNames");
  if (out.names.empty()) out.names.push_back(own);
  (void)in.finish();  // what it finds is in the report
  return out;
}

}  // namespace agent::discovery
