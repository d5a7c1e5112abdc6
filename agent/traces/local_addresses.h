#pragma once
#include <string>
#include <vector>

namespace agent::traces {

/// IP addresses of this machine's interfaces as text, scope ids left out; none where they cannot be
/// listed. For traces::Environment.
std::vector<std::string> local_addresses();

}  // namespace agent::traces
