#pragma once

namespace agent::cli {

/// Runs the command line and returns the exit code. Spec: delivery.md 13.
int run_command_line(int argc, char** argv);

/// 0 ok, 1 failure (bad configuration included), 2 usage, 3 data dropped at shutdown.
inline constexpr int kOk = 0, kFailure = 1, kUsage = 2, kDataDropped = 3;

}  // namespace agent::cli
