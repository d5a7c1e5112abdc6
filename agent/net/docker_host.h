#pragma once
// How a Docker Engine is reached; what discovery asks it for, and where logs are read. Spec:
// metrics.md 3, logs.md 2.7.
#include <string>

#include "agent/config/reader.h"
#include "agent/model/scrape_job.h"
#include "agent/net/http_client.h"

namespace agent::net {

/// One element of docker_sd_configs. Faults go to the reader's report; call finish() after it.
model::DockerDiscovery read_docker_discovery(config::Reader& reader);

/// A GET of `path` ("/containers/json?all=1"), in the newest version of the API that the engine
/// has.
ClientRequest docker_request(const model::DockerDiscovery& engine, const std::string& path);

}  // namespace agent::net
