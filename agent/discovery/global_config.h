#pragma once
// `global`: what every job inherits. Spec: metrics.md 1.3.
#include <string>
#include <vector>

#include "agent/config/env_expand.h"
#include "agent/config/reader.h"
#include "agent/model/label_set.h"
#include "agent/model/scrape_job.h"

namespace agent::discovery {

struct GlobalConfig {
  model::ScrapeJob defaults;  ///< a job that sets nothing
  model::LabelSet external_labels;
};

/// `node` may be absent or null: the defaults. `environment` expands external labels.
GlobalConfig read_global_config(const config::Node& node, config::Report& report,
                                const std::string& path, const config::Environment& environment);

}  // namespace agent::discovery
