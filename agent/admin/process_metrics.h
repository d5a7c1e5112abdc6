#pragma once
#include <string>

#include "agent/base/clock.h"

namespace agent::admin {

/// process_cpu_seconds_total, process_resident_memory_bytes, process_virtual_memory_bytes,
/// process_open_fds, process_max_fds, process_threads, process_start_time_seconds as text 0.0.4,
/// read from /proc/self now. What cannot be read is left out.
std::string process_metrics(Timestamp started);

}  // namespace agent::admin
