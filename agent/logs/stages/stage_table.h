#pragma once
// The stages by the names that users write. This table is the feature list.
#include <string_view>

#include "agent/logs/stages/stage.h"

namespace agent::logs {

struct StageKind {
  std::string_view name;
  /// Null: known, not built yet.
  Result<StagePtr> (*make)(const config::Node& options, StageSite& site);
};

/// Exact name; null where there is none.
const StageKind* find_stage_kind(std::string_view name);
/// The known name that was probably meant; "" otherwise.
std::string_view nearest_stage_name(std::string_view name);

}  // namespace agent::logs
