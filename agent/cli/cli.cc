#include "agent/cli/cli.h"

#include <cstdio>
#include <memory>

#include <CLI/CLI.hpp>

#include "agent/base/version.h"
#include "agent/cli/command.h"

namespace agent::cli {

namespace {

/// `dunlin try ...`: one processing step on its own, from the code that `run` uses.
void add_try_commands(CLI::App& app, int& exit_code) {
  auto* group = app.add_subcommand("try", "Run one processing step on stdin or a file");
  group->require_subcommand(1);

  auto* relabel = group->add_subcommand("relabel", "Apply relabel_configs to JSON label maps");
  const auto relabel_arguments = std::make_shared<TryRelabelArguments>();
  relabel->add_option("--config", relabel_arguments->config_file, "File with relabel_configs")
      ->required();
  relabel->callback(
      [&exit_code, relabel_arguments] { exit_code = try_relabel(*relabel_arguments); });
}

}  // namespace

int run_command_line(int argc, char** argv) {
  CLI::App app("dunlin: logs, metrics and traces of a node, in one small process", "dunlin");
  app.require_subcommand(1);
  int exit_code = kOk;

  app.add_subcommand("version", "Print the version")->callback([] {
    std::printf("dunlin %s\n", kVersion);
  });

  add_try_commands(app, exit_code);

  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& stopped) {
    const int code = app.exit(stopped);
    return code == 0 ? kOk : kUsage;
  }
  return exit_code;
}

}  // namespace agent::cli
