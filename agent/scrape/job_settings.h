#pragma once
// A scrape job made ready: compiled rules and prepared request headers. Immutable, shared by the
// job's loops.
#include <memory>
#include <string>

#include "agent/base/result.h"
#include "agent/codec/exposition.h"
#include "agent/model/scrape_job.h"
#include "agent/relabel/rule_set.h"

namespace agent::scrape {

struct JobSettings {
  model::ScrapeJob job;
  relabel::RuleSet relabeling;
  relabel::RuleSet metric_relabeling;
  std::string accept;  ///< value of the Accept header
};

/// Errors: Config (a rule does not compile).
Result<std::shared_ptr<const JobSettings>> make_job_settings(model::ScrapeJob job);

/// True where a target's series keep their labels and their fate under the new settings, so that
/// its cache may be kept. Spec: metrics.md 2.4.
bool label_series_alike(const model::ScrapeJob& a, const model::ScrapeJob& b);

/// Spec: metrics.md 5.1.
std::string accept_header(const std::vector<std::string>& protocols, const std::string& escaping);

/// The format of a page, by its Content-Type, else by the job's fallback protocol. Errors: Input.
Result<codec::ExpositionFormat> choose_format(std::string_view content_type,
                                              const std::string& fallback_protocol);

/// "10", "0.25": seconds as the header X-Prometheus-Scrape-Timeout-Seconds has them.
std::string format_seconds(Duration duration);

}  // namespace agent::scrape
