#pragma once
#include <string>

#include "agent/config/reader.h"

namespace agent::net {

/// Reads min_version and max_version: TLS10, TLS11, TLS12, TLS13 or "". Faults go into the report.
void read_tls_versions(config::Reader& in, std::string& least, std::string& most);

}  // namespace agent::net
