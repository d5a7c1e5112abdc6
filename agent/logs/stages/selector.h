#pragma once
// The selector of `match`: {name op "text", ...} and line filters. Spec: logs.md 8.4.
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "agent/base/result.h"
#include "agent/logs/stages/pattern.h"
#include "agent/model/label_table.h"

namespace agent::logs {

/// One compiled selector.
class Selector {
 public:
  /// Errors: Config, naming the column.
  static Result<Selector> parse(std::string_view text);
  bool matches(const model::Labels& labels, std::string_view line) const;

 private:
  enum class Test { Is, IsNot, Matches, MatchesNot };
  struct Condition {
    std::string name;  // "": the line
    Test test = Test::Is;
    std::string text;
    std::unique_ptr<Pattern> pattern;
    bool holds(std::string_view value, bool whole) const;
  };
  friend class SelectorParser;
  std::vector<Condition> labels_;
  std::vector<Condition> line_;
};

}  // namespace agent::logs
