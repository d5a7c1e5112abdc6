#pragma once
#include "agent/config/report.h"

namespace agent::cli {

/// Writes every problem to stderr, one line each: "file:line:column: [warning: |note: ]path:
/// message".
void print_problems(const config::Report& report);

}  // namespace agent::cli
