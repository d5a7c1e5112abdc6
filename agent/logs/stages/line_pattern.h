#pragma once
// LogQL's pattern expressions: `<ip> - <user> [<_>] "<method> <_>"`. Spec: logs.md 12 (pattern).
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "agent/base/result.h"

namespace agent::logs {

/// A compiled pattern: literal texts with a capture between them.
class LinePattern {
 public:
  /// Errors: Config, with the column, for a pattern without a named capture, two captures in a row,
  /// a name given twice.
  static Result<LinePattern> parse(std::string_view text);

  /// The names of the captures, in order, without `<_>`.
  const std::vector<std::string>& names() const { return names_; }
  /// Puts the captured parts of `line` into `out`, by names(). Behind a literal that is not found
  /// there are none: `out` is then shorter. False: the line does not start as the pattern does.
  bool match(std::string_view line, std::vector<std::string_view>& out) const;

 private:
  struct Capture {
    bool is_named = false;
    std::string until;  // the literal behind it; "": to the end
  };
  std::string start_;
  std::vector<Capture> captures_;
  std::vector<std::string> names_;
};

}  // namespace agent::logs
