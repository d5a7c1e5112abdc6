#pragma once
#include <string>
#include <string_view>

#include "agent/base/result.h"

namespace agent::codec {

/// Reads the quoted text that begins at text[at]: in double quotes with Go's escapes, in backticks
/// as it stands, in single quotes as PromQL has it. Appends what it means to `out` and moves `at`
/// behind the closing quote. Errors: Input; `at` is then where the fault is. Spec: logs.md 8.4.
Status read_go_text(std::string_view text, std::size_t& at, std::string& out);

}  // namespace agent::codec
