#include <algorithm>
#include <cstdio>

#include "agent/app/load_config.h"
#include "agent/cli/cli.h"
#include "agent/cli/command.h"
#include "agent/cli/problems.h"

namespace agent::cli {

int check(const CheckArguments& arguments) {
  config::Report report;
  app::ConfigSource source;
  source.path = arguments.config;
  source.expand_env = arguments.expand_env;
  app::load_config(source, report);
  print_problems(report);
  const auto warned = [](const config::Problem& problem) {
    return problem.severity == config::Severity::Warning;
  };
  const bool strict_failure =
      arguments.strict && std::any_of(report.problems().begin(), report.problems().end(), warned);
  if (report.has_errors() || strict_failure) return kFailure;
  std::printf("%s: ok\n", arguments.config.c_str());
  return kOk;
}

}  // namespace agent::cli
