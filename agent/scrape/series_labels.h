#pragma once
// What labels a scraped series ends up with. Pure. Spec: metrics.md 6.5, 6.6.
#include <optional>
#include <string_view>

#include "agent/base/result.h"
#include "agent/codec/exposition.h"
#include "agent/model/label_set.h"
#include "agent/model/scrape_job.h"
#include "agent/relabel/rule_set.h"

namespace agent::scrape {

/// How one target's series are labelled. What is given to the constructor outlives the object.
class SeriesLabels {
 public:
  SeriesLabels(const model::ScrapeJob& job, const relabel::RuleSet& metric_relabeling,
               const model::LabelSet& target_labels)
      : job_(job), metric_relabeling_(metric_relabeling), target_labels_(target_labels) {}

  /// The final labels; nullopt when relabeling drops the series. Errors: Input, in words for the
  /// target's status: no name, a name that the validation scheme forbids, a label limit.
  Result<std::optional<model::LabelSet>> resolve(const codec::ParsedSeries& scraped) const;

 private:
  model::LabelSet merge(const codec::ParsedSeries& scraped) const;
  Status check_names(const model::LabelSet& labels) const;
  Status check_limits(const model::LabelSet& labels) const;

  const model::ScrapeJob& job_;
  const relabel::RuleSet& metric_relabeling_;
  const model::LabelSet& target_labels_;
};

/// Spec: metrics.md 1.2 (names).
bool is_valid_metric_name(std::string_view name, model::NameValidation validation);
bool is_valid_label_name(std::string_view name, model::NameValidation validation);

}  // namespace agent::scrape
