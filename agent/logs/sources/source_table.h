#pragma once
// The sources other than files by the keys that users write. This table is the feature list.
#include <span>
#include <string_view>

#include "agent/logs/source.h"

namespace agent::logs {

struct SourceKind {
  std::string_view key;
  /// Reads the options below `key`; problems go into the site's report. Null: known, not built yet.
  SourceMaker (*read)(const config::Node& options, const SourceSite& site);
};

/// In the order in which the first one given counts. Spec: logs.md 2.1.
std::span<const SourceKind> source_kinds();

}  // namespace agent::logs
