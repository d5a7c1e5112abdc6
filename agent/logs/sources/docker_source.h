#pragma once
// The logs of the containers of Docker Engines. Spec: logs.md 2.7.
#include <cstddef>
#include <string>

#include "agent/logs/source.h"

namespace agent::logs {

/// The name of the group in which the targets of a job's engine number `index` are told.
std::string docker_group_name(std::size_t index);

/// The `docker_sd_configs` key of a job. What runs on the engines is told by Source::set_groups().
SourceMaker read_docker_source(const config::Node& options, const SourceSite& site);

}  // namespace agent::logs
