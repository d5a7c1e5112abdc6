#pragma once
#include <cstdint>
#include <string>

namespace agent::app {

/// The memory this process may plan with: 80 % of the cgroup's limit (v2, then v1), or 512 MiB
/// where there is none. `cgroup_root` is /sys/fs/cgroup but for tests. Spec: delivery.md 6.
std::uint64_t default_memory_limit_bytes(const std::string& cgroup_root = "/sys/fs/cgroup",
                                         const std::string& own_cgroup = "/proc/self/cgroup");

}  // namespace agent::app
