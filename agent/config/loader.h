#pragma once
// From a path on the command line to the YAML documents behind it. Spec: product.md,
// "Configuration".
#include <string>
#include <vector>

#include "agent/config/env_expand.h"
#include "agent/config/node.h"
#include "agent/config/report.h"

namespace agent::config {

/// One YAML document and the file it stands in; relative paths in it start at `folder`.
struct Document {
  Node node;
  std::string file;
  std::string folder;
};

struct LoadOptions {
  bool expand_env = false;  ///< `--config.expand-env`
  Environment environment;  ///< used with expand_env
};

/// Reads one file, or the `*.yaml` (and `*.yml`) right in a folder, sorted by name; hidden files
/// and subfolders are left out. A path that cannot be read, bad YAML and bad ${} go to `report`;
/// what could be read is returned. Documents that hold nothing are left out.
std::vector<Document> load_documents(const std::string& path, const LoadOptions& options,
                                     Report& report);

}  // namespace agent::config
