#pragma once
// Everything that is wrong, odd or worth knowing about a configuration, with its place.
#include <string>
#include <vector>

#include "agent/base/result.h"

namespace agent::config {

/// A place in a file; lines and columns count from 1. Line 0: no place.
struct Mark {
  std::string file;
  int line = 0;
  int column = 0;
};
/// "file:line:column".
std::string to_string(const Mark& mark);

enum class Severity { Note, Warning, Error };

struct Problem {
  Severity severity = Severity::Error;
  Mark mark;
  std::string path;  ///< of the key: "scrape_configs[0].relabel_configs[2].regex"; may be empty
  std::string message;
};
/// "file:line:column: path: message", without the severity.
std::string to_string(const Problem& problem);

/// Collects problems while a configuration is read, so that `check` names every one of them, not
/// just the first.
class Report {
 public:
  void error(const Mark& mark, std::string path, std::string message);
  void warning(const Mark& mark, std::string path, std::string message);
  void note(const Mark& mark, std::string path, std::string message);
  const std::vector<Problem>& problems() const { return problems_; }
  bool has_errors() const { return errors_ > 0; }
  int errors() const { return errors_; }
  /// Success, or the first error as an Error of kind Config.
  Status status() const;

 private:
  std::vector<Problem> problems_;
  int errors_ = 0;
};

}  // namespace agent::config
