#pragma once
// Regular expressions as users of Go's regexp write them. RE2 stays in pattern.cc.
//
// DESIGN. RE2 and Go's regexp are one language up to three details. `(?<n>..)` is rewritten as
// `(?P<n>..)`; `\C` is refused; and RE2 lets no invalid byte match `.` where Go matches it as one
// character. Lines that are not valid UTF-8 are rare, so they get a Latin-1 twin of the expression,
// compiled when the first of them comes. Expressions of the common shape need no engine at all
// (scan_pattern.h).
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "agent/base/result.h"

namespace agent::logs {

/// One compiled expression. Loop thread.
class Pattern {
 public:
  enum class Anchor { None, Both };

  /// Errors: Config, with RE2's words. Spec: logs.md 8.1.
  static Result<std::unique_ptr<Pattern>> compile(std::string_view expression,
                                                  Anchor anchor = Anchor::None);
  ~Pattern();
  Pattern(const Pattern&) = delete;
  Pattern& operator=(const Pattern&) = delete;

  bool matches(std::string_view text) const;
  /// The first match at or behind `from`: `groups` gets the whole match and then the groups, as
  /// many as it has room for; a group that took no part has no data().
  bool find(std::string_view text, std::span<std::string_view> groups, std::size_t from = 0) const;
  /// Capturing groups, without the whole match.
  int group_count() const { return static_cast<int>(names_.size()); }
  /// Names by group, the first at 0; "" for groups without one.
  const std::vector<std::string>& group_names() const { return names_; }

 private:
  struct State;
  Pattern();
  std::unique_ptr<State> state_;
  std::vector<std::string> names_;
};

}  // namespace agent::logs
