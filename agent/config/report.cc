#include "agent/config/report.h"

namespace agent::config {

std::string to_string(const Mark& mark) {
  if (mark.line == 0) return mark.file;
  return mark.file + ":" + std::to_string(mark.line) + ":" + std::to_string(mark.column);
}

std::string to_string(const Problem& problem) {
  std::string out = to_string(problem.mark);
  if (!out.empty()) out += ": ";
  if (!problem.path.empty()) out += problem.path + ": ";
  return out + problem.message;
}

void Report::error(const Mark& mark, std::string path, std::string message) {
  problems_.push_back({Severity::Error, mark, std::move(path), std::move(message)});
  ++errors_;
}
void Report::warning(const Mark& mark, std::string path, std::string message) {
  problems_.push_back({Severity::Warning, mark, std::move(path), std::move(message)});
}
void Report::note(const Mark& mark, std::string path, std::string message) {
  problems_.push_back({Severity::Note, mark, std::move(path), std::move(message)});
}

Status Report::status() const {
  for (const auto& problem : problems_)
    if (problem.severity == Severity::Error) return Error{ErrorKind::Config, to_string(problem)};
  return {};
}

}  // namespace agent::config
