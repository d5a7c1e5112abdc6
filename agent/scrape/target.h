#pragma once
// From what discovery found to what is scraped. Pure. Spec: metrics.md 2.
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "agent/base/result.h"
#include "agent/model/label_set.h"
#include "agent/model/scrape_job.h"
#include "agent/relabel/rule_set.h"

namespace agent::scrape {

/// One thing to scrape.
struct Target {
  std::string url;
  model::LabelSet labels;      ///< public ones: they go on every sample
  model::LabelSet discovered;  ///< before relabeling, for the status page
  Duration interval{};
  Duration timeout{};
  std::string unix_socket;  ///< of `__unix_socket__`; empty: TCP
  /// Of labels and URL: what makes two targets the same one. Stable across runs and machines.
  std::uint64_t hash = 0;

  /// Same labels, same URL.
  bool same_as(const Target& other) const {
    return hash == other.hash && url == other.url && labels == other.labels;
  }
};

/// A discovered target that is not scraped.
struct DroppedTarget {
  model::LabelSet discovered;
  std::string reason;
};

/// The targets of one job, each once, in the order they were found.
struct TargetSet {
  std::vector<Target> active;
  std::vector<DroppedTarget> dropped;
};

/// Builds, relabels, checks and de-duplicates. `relabeling` is that of the job.
TargetSet build_targets(const model::ScrapeJob& job, const relabel::RuleSet& relabeling,
                        const std::vector<model::TargetGroup>& groups);

/// `scheme://address path ? query`. Spec: metrics.md 2.3. `labels` are those after relabeling.
std::string build_url(const model::ScrapeJob& job, const model::LabelSet& labels);

}  // namespace agent::scrape
