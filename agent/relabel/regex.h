#pragma once
// Go's regular expressions on RE2. RE2 stays inside this folder.
#include <memory>
#include <string_view>

#include "agent/base/result.h"

namespace re2 {
class RE2;
}

namespace agent::relabel {

using Regex = std::unique_ptr<re2::RE2>;

/// `^(?s:pattern)$`: the whole text must match, `.` matches newlines. Errors: Config.
Result<Regex> compile_anchored(std::string_view pattern);
/// The pattern as it stands, found anywhere. Errors: Config.
Result<Regex> compile_unanchored(std::string_view pattern);
bool matches(const re2::RE2& regex, std::string_view text);

}  // namespace agent::relabel
