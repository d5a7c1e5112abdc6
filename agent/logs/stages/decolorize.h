#pragma once
#include <string>
#include <string_view>

namespace agent::logs {

/// `text` without ANSI escape sequences. Spec: logs.md 6 (decolorize).
std::string without_escapes(std::string_view text);

}  // namespace agent::logs
