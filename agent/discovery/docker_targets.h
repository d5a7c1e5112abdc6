#pragma once
#include <string>
#include <string_view>

#include "agent/base/result.h"
#include "agent/model/scrape_job.h"

namespace agent::discovery {

/// The path of the Engine API that lists the running containers that `engine` selects.
std::string docker_containers_path(const model::DockerDiscovery& engine);
inline constexpr std::string_view kDockerNetworksPath = "/networks";

/// What the Engine API answered (lists of containers and networks, as JSON) as targets: one for
/// each network of a container and each TCP port it exposes. Pure. Errors: Input. Spec: metrics.md
/// 3 (docker_sd_configs).
Result<model::TargetGroup> docker_targets(const model::DockerDiscovery& engine,
                                          std::string_view containers, std::string_view networks);

}  // namespace agent::discovery
