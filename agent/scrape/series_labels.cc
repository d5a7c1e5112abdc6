#include "agent/scrape/series_labels.h"

#include <algorithm>
#include <string>
#include <vector>

#include "agent/base/strings.h"

namespace agent::scrape {
namespace {

constexpr std::string_view kName = "__name__";

bool is_legacy_name(std::string_view name, bool colon) {
  const auto is_letter = [&](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || (colon && c == ':');
  };
  const auto may_follow = [&](char c) { return is_letter(c) || (c >= '0' && c <= '9'); };
  return !name.empty() && is_letter(name.front()) &&
         std::all_of(name.begin() + 1, name.end(), may_follow);
}

Error limit_error(const model::LabelSet& labels, std::string what) {
  return {ErrorKind::Input, std::move(what) + " in series " + to_string(labels)};
}

}  // namespace

bool is_valid_metric_name(std::string_view name, model::NameValidation validation) {
  if (validation == model::NameValidation::Legacy) return is_legacy_name(name, true);
  return !name.empty() && is_valid_utf8(name);
}

bool is_valid_label_name(std::string_view name, model::NameValidation validation) {
  if (validation == model::NameValidation::Legacy) return is_legacy_name(name, false);
  return !name.empty() && is_valid_utf8(name);
}

model::LabelSet SeriesLabels::merge(const codec::ParsedSeries& scraped) const {
  model::LabelSet out;
  const auto is_mentioned = [&](std::string_view name) {
    return std::any_of(scraped.labels.begin(), scraped.labels.end(),
                       [&](const auto& label) { return label.name == name; });
  };
  for (const auto& label : scraped.labels)
    out.set(label.name, label.value);
  if (job_.honor_labels) {
    for (const auto& label : target_labels_)
      if (!is_mentioned(label.name)) out.set(label.name, label.value);
    return out;
  }
  std::vector<const codec::ScrapedLabel*> moved;
  for (const auto& label : scraped.labels)
    if (!label.value.empty() && target_labels_.has(label.name)) moved.push_back(&label);
  for (const auto& label : target_labels_)
    out.set(label.name, label.value);
  std::stable_sort(moved.begin(), moved.end(),
                   [](const auto* a, const auto* b) { return a->name.size() < b->name.size(); });
  for (const auto* label : moved) {
    std::string name = "exported_" + label->name;
    while (out.has(name))
      name.insert(0, "exported_");
    out.set(name, label->value);
  }
  return out;
}

Status SeriesLabels::check_names(const model::LabelSet& labels) const {
  const std::string_view name = labels.get(kName);
  if (name.empty()) return Error{ErrorKind::Input, "a series has no name: " + to_string(labels)};
  if (!is_valid_metric_name(name, job_.name_validation))
    return Error{ErrorKind::Input, "metric name " + json_quote(name) + " is not valid"};
  for (const auto& label : labels)
    if (!is_valid_label_name(label.name, job_.name_validation))
      return Error{ErrorKind::Input, "label name " + json_quote(label.name) + " is not valid"};
  return {};
}

Status SeriesLabels::check_limits(const model::LabelSet& labels) const {
  const auto& limits = job_.limits;
  if (limits.labels > 0 && labels.size() > limits.labels)
    return limit_error(labels, "label_limit exceeded: " + std::to_string(labels.size()) +
                                   " labels, limit " + std::to_string(limits.labels));
  if (limits.label_name_length == 0 && limits.label_value_length == 0) return {};
  for (const auto& label : labels) {
    if (limits.label_name_length > 0 && label.name.size() > limits.label_name_length)
      return limit_error(labels,
                         "label_name_length_limit exceeded: " + std::to_string(label.name.size()) +
                             " bytes, limit " + std::to_string(limits.label_name_length));
    if (limits.label_value_length > 0 && label.value.size() > limits.label_value_length)
      return limit_error(
          labels, "label_value_length_limit exceeded: " + std::to_string(label.value.size()) +
                      " bytes, limit " + std::to_string(limits.label_value_length));
  }
  return {};
}

Result<std::optional<model::LabelSet>> SeriesLabels::resolve(
    const codec::ParsedSeries& scraped) const {
  model::LabelSet labels = merge(scraped);
  if (!metric_relabeling_.apply(labels) || labels.empty()) return std::optional<model::LabelSet>();
  if (const Status named = check_names(labels); !named) return named.error();
  if (const Status within = check_limits(labels); !within) return within.error();
  return std::optional<model::LabelSet>(std::move(labels));
}

}  // namespace agent::scrape
