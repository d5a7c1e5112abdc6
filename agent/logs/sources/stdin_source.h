#pragma once
// Lines of standard input. Spec: logs.md 1.1, `-stdin`.
#include "agent/base/result.h"
#include "agent/logs/source.h"
#include "agent/model/label_set.h"

namespace agent::logs {

struct StdinConfig {
  model::LabelSet labels;  ///< of every entry
  std::size_t line_limit_bytes = 1 << 20;
  int fd = 0;  ///< not owned
};

/// Reads the lines until the input ends, then tells SourceEnvironment::ended. Empty lines are no
/// entries, a CR at the end of a line is no text. What was read cannot be read again: entries have
/// no receipt.
SourceMaker make_stdin_maker(const StdinConfig& config);

}  // namespace agent::logs
