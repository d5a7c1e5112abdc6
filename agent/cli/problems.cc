#include "agent/cli/problems.h"

#include <cstdio>

namespace agent::cli {

void print_problems(const config::Report& report) {
  for (auto problem : report.problems()) {
    if (problem.severity == config::Severity::Warning)
      problem.message = "warning: " + problem.message;
    if (problem.severity == config::Severity::Note) problem.message = "note: " + problem.message;
    std::fprintf(stderr, "%s\n", config::to_string(problem).c_str());
  }
}

}  // namespace agent::cli
