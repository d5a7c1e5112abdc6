#pragma once
// Regular expressions as users of Go's regexp write them. RE2 stays in pattern.cc.
//
// DESIGN. RE2 and Go's regexp are one language up to three details. `(?<n>..)` is rewritten as
// `(?P<n>..)`; `\C` is refused; and RE2 lets no invalid byte match `.` where Go matches it as one
// character. Lines that are not valid UTF-8 are rare, so they get a Latin-1 twin of the expression,
// compiled when the first of them comes. Expressions of the common shape need no engine at all
// (scan_pattern.h).
#include <memory>
#include <optional>
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
  friend class Matches;
  // Which of the two programs a text needs.
  enum class Program { Utf8, Latin1 };
  struct State;
  Pattern();
  static Program program_for(std::string_view text);
  // `program` is found out where it is needed, once for a text.
  bool find(std::string_view text, std::span<std::string_view> groups, std::size_t from,
            std::optional<Program>& program) const;
  std::unique_ptr<State> state_;
  std::vector<std::string> names_;
};

/// `text`; an empty one lies somewhere as well, so that what is found in it has an offset.
inline constexpr char kNothing[1] = {};
inline std::string_view placed(std::string_view text) {
  return text.data() == nullptr ? std::string_view(kNothing) : text;
}

/// All matches in a text, as Go finds them: from left to right, and no empty one right behind
/// another. Their offsets count from placed(text). Everything it is given outlives it.
class Matches {
 public:
  /// `groups` gets the whole match and then the groups, as many as it has room for (at least one).
  Matches(const Pattern& pattern, std::string_view text, std::span<std::string_view> groups)
      : pattern_(pattern), text_(placed(text)), groups_(groups) {}
  /// False: there are no more.
  bool next();

 private:
  std::size_t past_character();
  const Pattern& pattern_;
  std::string_view text_;
  std::span<std::string_view> groups_;
  std::optional<Pattern::Program> program_;
  std::size_t at_ = 0;
  std::optional<std::size_t> last_end_;
};

}  // namespace agent::logs
