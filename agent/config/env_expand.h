#pragma once
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "agent/base/result.h"

namespace agent::config {

/// Looks a variable up; nullopt: unset.
using Environment = std::function<std::optional<std::string>(const std::string& name)>;

/// The environment of this process, which it never changes.
std::optional<std::string> process_environment(const std::string& name);

/// Expands ${VAR} forms the way `promtail -config.expand-env=true` does, before the text is parsed
/// as YAML. `$$` gives `$`, `\\` gives `\`, `\/` gives `/`; unset is empty. Errors: Config, with
/// line and column. Spec: logs.md 1.1.
Result<std::string> expand_environment(std::string_view text, const std::string& file,
                                       const Environment& environment);

}  // namespace agent::config
