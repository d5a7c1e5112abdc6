#pragma once
// File globs of `__path__` and `__path_exclude__`. Spec: logs.md 3.1.
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "agent/base/result.h"

namespace agent::logs {

/// A glob over whole paths: `*` `?` `[a-z]` `[^a]` `[!a]` `{a,b}` (nested too), `\` takes the next
/// character as it is, and `**` as a whole path part matches any depth, also none. `*` and `?` do
/// not cross a `/`; dot files match. Immutable; any thread.
class Glob {
 public:
  /// Errors: Input: a bracket or brace that is not closed, braces that give more than 1,000
  /// patterns.
  static Result<Glob> compile(std::string_view pattern);

  bool matches(std::string_view path) const;

  struct Found {
    std::vector<std::string> files;        ///< sorted, each once; never a directory
    std::vector<std::string> directories;  ///< that were searched for file names; sorted
    std::map<std::string, int> unlisted;  ///< directories that could not be, and the error's number
  };
  /// What is on disk now. The pattern as it stands is tried as a path first. Links are followed,
  /// but not to directories below a `**`, so that a circle of links ends. A directory that is not
  /// there is empty; one that cannot be listed, or its names not be looked at, is `unlisted`.
  Found expand() const;

  const std::string& pattern() const { return pattern_; }

 private:
  std::string pattern_;
  std::vector<std::vector<std::string>> alternatives_;  // path parts, braces resolved
};

/// "/var/log/" of "/var/log/a.log"; "" of "a.log".
std::string folder_of(const std::string& path);

/// True where `text` (one path part) matches `pattern`, which holds no braces and no `/`.
bool part_matches(std::string_view pattern, std::string_view text);

}  // namespace agent::logs
