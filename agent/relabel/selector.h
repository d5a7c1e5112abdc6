#pragma once
// Series selectors (`name{label="x", other=~"y.*"}`) over label sets. Spec: metrics.md 4.4 (`if`).
#include <string>
#include <string_view>
#include <vector>

#include "agent/base/result.h"
#include "agent/model/label_set.h"
#include "agent/relabel/regex.h"

namespace agent::relabel {

class Selector {
 public:
  /// Errors: Config, with the position in `text`.
  static Result<Selector> parse(std::string_view text);
  Selector(Selector&&) noexcept;
  Selector& operator=(Selector&&) noexcept;
  ~Selector();
  /// An absent label reads as "".
  bool matches(const model::LabelSet& labels) const;

 private:
  struct Matcher {
    std::string name;
    bool negative = false;
    std::string value;  // compared where there is no regex
    Regex regex;
  };
  class Parser;
  Selector();
  std::vector<Matcher> matchers_;
};

}  // namespace agent::relabel
