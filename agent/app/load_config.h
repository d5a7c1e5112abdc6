#pragma once
// From a path to everything the agent needs to know, checked. Start, reload and `check` use the
// same.
#include <memory>
#include <optional>
#include <string>

#include "agent/app/overrides.h"
#include "agent/app/server_config.h"
#include "agent/config/report.h"
#include "agent/pipeline/agent_config.h"

namespace agent::app {

/// Where the configuration comes from and what the command line says about it.
struct ConfigSource {
  std::string path;  ///< a file, or a folder of *.yaml
  bool expand_env = false;
  std::optional<std::string> state_dir;  ///< wins over the file's
  std::vector<Override> overrides;       ///< win over the file
  pipeline::DryRun dry_run;              ///< with `print` metrics and traces are left out
  bool for_running = false;              ///< the state folder is made and tried; `check` does not
};

struct LoadedConfig {
  ServerConfig server;
  std::shared_ptr<const pipeline::AgentConfig> agent;
};

/// Reads and checks all of it. What is wrong goes into `report`; the result is good to use only if
/// that has no errors.
LoadedConfig load_config(const ConfigSource& source, config::Report& report);

}  // namespace agent::app
