#include "agent/cli/cli.h"

#include <cstdio>

#include <CLI/CLI.hpp>

#include "agent/base/version.h"
#include "agent/cli/command.h"

namespace agent::cli {

int run_command_line(int argc, char** argv) {
  CLI::App app("dunlin: logs, metrics and traces of a node, in one small process", "dunlin");
  app.require_subcommand(1);
  int exit_code = kOk;

  app.add_subcommand("version", "Print the version")->callback([] {
    std::printf("dunlin %s\n", kVersion);
  });

  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& stopped) {
    const int code = app.exit(stopped);
    return code == 0 ? kOk : kUsage;
  }
  return exit_code;
}

}  // namespace agent::cli
