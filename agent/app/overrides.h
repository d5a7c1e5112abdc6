#pragma once
// What the command line says of the configuration; it wins over the file. Spec: logs.md 1.1.
#include <string>
#include <vector>

#include "agent/app/sections.h"

namespace agent::app {

/// One value of the command line, at its place in a promtail.yaml.
struct Override {
  enum class Scope {
    File,         ///< `path` starts at the top: {"positions", "filename"}
    EveryClient,  ///< `path` starts at each client: {"external_labels", "host"}
    Agent,        ///< `path` is that of our own configuration: {"server", "listen_address"}
  };
  std::string flag;  ///< as the user wrote it, for messages: "-positions.file"
  Scope scope = Scope::File;
  std::vector<std::string> path;
  std::string value;
};

/// True where one of them makes sense for a promtail.yaml only.
bool speaks_of_promtail(const std::vector<Override>& overrides);

/// Writes the values into the sections, as if they stood in the file. In our own configuration the
/// paths below `logs:` are meant. A flag that the kind of file has no place for is an error.
void apply_overrides(const std::vector<Override>& overrides, Sections& sections,
                     config::Report& report);

}  // namespace agent::app
