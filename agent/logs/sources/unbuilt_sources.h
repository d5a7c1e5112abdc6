#pragma once
// Sources and discoveries of Promtail that are checked but not built yet. Spec: logs.md 2.1, 2.8.
#include <string>
#include <string_view>

#include "agent/config/node.h"
#include "agent/config/report.h"

namespace agent::logs {

/// Checks what stands below the key `kind` ("kafka", "kubernetes_sd_configs"): unknown keys, values
/// of another type, missing keys that are required. Faults go to `report`. `path` is that of the
/// node.
void check_unbuilt(std::string_view kind, const config::Node& options, config::Report& report,
                   const std::string& path);

}  // namespace agent::logs
