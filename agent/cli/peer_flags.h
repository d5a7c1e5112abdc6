#pragma once
// The command lines of Promtail and Prometheus, which unit files and charts carry, as ours. Pure:
// words in, words out. Spec: logs.md 1.1, delivery.md 13.
#include <string>
#include <string_view>
#include <vector>

#include "agent/app/overrides.h"
#include "agent/base/result.h"

namespace agent::cli {

/// What flags of the peers ask of `run`.
struct PeerFlags {
  std::vector<app::Override> overrides;
  bool dry_run = false;            ///< -dry-run
  bool inspect = false;            ///< -inspect
  bool check_syntax = false;       ///< -check-syntax
  bool print_config = false;       ///< -print-config-stderr
  bool version = false;            ///< -version
  std::vector<std::string> notes;  ///< flags that have no effect here, and why
};

struct CommandLine {
  std::vector<std::string> words;  ///< what is left for our own parser, the command first
  PeerFlags peer;
};

/// Takes the peers' flags out of `arguments` (without the program's name). A line that starts with
/// a flag is one of `run`. Flags may have one dash or two, and their value behind `=` or as the
/// next word, as Go's have. Errors: Input, a line for people: a value that is missing or no
/// boolean.
Result<CommandLine> take_peer_flags(const std::vector<std::string>& arguments);

/// All names that take_peer_flags() knows, without dashes; for "did you mean".
std::vector<std::string_view> peer_flag_names();

/// The same for `--help`, a line each.
std::string peer_flag_help();

}  // namespace agent::cli
