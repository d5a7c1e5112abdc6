#pragma once
// Regular expressions that can be matched by scanning, without an engine.
//
// DESIGN. Most expressions in log pipelines are literals and character classes in a row, such as
// `^(?P<ip>\S+) \[(?P<time>[^\]]+)\] "(?P<method>\w+) `. Where no run of a class can swallow what
// follows it (the class and the first bytes of what follows are disjoint), there is one way to
// match from a given start: each run is as long as it can be. So the expression becomes a list of
// steps, and matching is comparing literals and skipping over bytes, some fifty times as fast as an
// automaton with captures. Everything else is refused when the expression is compiled and left to
// RE2: alternation, repeated groups, runs that overlap what follows, flags, Unicode classes,
// counted classes that hold more than ASCII.
//
// Bytes above 0x7F are in a class all together or not at all, so a run never ends inside of a
// character and text that is no UTF-8 needs no care. The cost is bounded: a search that looks at
// too many bytes gives up, and RE2 does it in linear time.
#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace agent::logs {

/// One expression as steps. Immutable.
class ScanPattern {
 public:
  /// nullopt: not of the shape above. `expression` is one that RE2 accepts, `(?P<n>` for named
  /// groups.
  static std::optional<ScanPattern> compile(std::string_view expression);

  enum class Outcome { Match, NoMatch, GaveUp };
  /// The leftmost match at or behind `from`, as RE2 finds it: `groups` gets the whole match and
  /// then the groups, as many as it has room for.
  Outcome find(std::string_view text, std::size_t from, std::span<std::string_view> groups) const;
  std::size_t group_count() const { return group_count_; }

 private:
  friend class ScanPatternParser;
  using ByteSet = std::array<bool, 256>;
  struct Step {
    enum class Kind : std::uint8_t { Literal, Run, GroupBegin, GroupEnd };
    Kind kind = Kind::Literal;
    std::string literal;
    ByteSet set{};  // of a run
    std::size_t least = 0;
    std::size_t most = 0;
    int excluded = -1;  // a run of all bytes but this one
    bool is_lazy = false;
    std::size_t group = 0;
  };
  struct Attempt {
    std::string_view text;
    std::span<std::string_view> groups;
    std::size_t budget = 0;   // bytes of runs that may still be looked at
    std::size_t run_end = 0;  // where the first run ended
  };
  bool is_forced(std::size_t index) const;
  bool is_deterministic() const;
  bool match_at(std::size_t start, Attempt& attempt) const;
  std::size_t run_length(const Step& step, std::string_view rest) const;
  std::size_t next_start(std::size_t start, const Attempt& attempt) const;

  std::vector<Step> steps_;
  std::size_t first_ = 0;  // the first step that is no group
  bool at_begin_ = false;  // ^
  bool at_end_ = false;    // $
  std::size_t group_count_ = 0;
};

}  // namespace agent::logs
