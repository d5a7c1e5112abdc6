#pragma once
#include <string>
#include <vector>

#include "agent/config/node.h"
#include "agent/config/report.h"
#include "agent/model/relabel_rule.h"
#include "agent/model/scrape_job.h"

namespace agent::relabel {

/// How the keys of a rule are spelled: `source_labels` (Prometheus) or `sourceLabels` (its CRDs).
enum class Spelling { SnakeCase, CamelCase };

/// Reads a list of rules (relabel_configs, metric_relabel_configs, write_relabel_configs,
/// relabelings); absent or null: none. Every fault of metrics.md 4.3, "Errors at load time", goes
/// into `report` with its place; rules that had one are left out, so what is returned compiles.
/// `path` is that of the list: "scrape_configs[0].relabel_configs".
std::vector<model::RelabelRule> read_rules(
    const config::Node& list, config::Report& report, const std::string& path, Spelling spelling,
    model::NameValidation scheme = model::NameValidation::Utf8);

}  // namespace agent::relabel
