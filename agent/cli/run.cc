#include <csignal>
#include <cstdio>

#include "agent/app/app.h"
#include "agent/app/load_config.h"
#include "agent/app/signals.h"
#include "agent/app/start_only.h"
#include "agent/base/strings.h"
#include "agent/cli/cli.h"
#include "agent/cli/command.h"
#include "agent/cli/problems.h"

namespace agent::cli {
namespace {

// Every error of a report, one a line.
std::string all_errors(const config::Report& report) {
  std::string out;
  for (const auto& problem : report.problems())
    if (problem.severity == config::Severity::Error)
      out += (out.empty() ? "" : "\n") + config::to_string(problem);
  return out;
}

Result<app::App::ConfigPtr> load_again(const app::ConfigSource& source,
                                       const app::LoadedConfig& first, Logger& log) {
  config::Report report;
  auto loaded = app::load_config(source, report);
  if (report.has_errors()) return Error{ErrorKind::Config, all_errors(report)};
  for (const auto& problem : report.problems())
    if (problem.severity == config::Severity::Warning)
      log.warn("The new configuration has a warning.", {{"warning", config::to_string(problem)}});
  if (const auto keys = app::changed_until_restart(first, loaded); !keys.empty())
    log.warn("Some changes take effect at the next start only.", {{"keys", join(keys, ", ")}});
  return loaded.agent;
}

app::ConfigSource source_of(const RunArguments& arguments) {
  app::ConfigSource source;
  source.path = arguments.config;
  source.expand_env = arguments.expand_env;
  source.for_running = !arguments.peer.check_syntax;
  source.overrides = arguments.peer.overrides;
  source.dry_run = {arguments.peer.dry_run, arguments.peer.inspect};
  if (!arguments.state_dir.empty()) source.state_dir = arguments.state_dir;
  return source;
}

}  // namespace

int run(const RunArguments& arguments) {
  for (const auto& note : arguments.peer.notes)
    std::fprintf(stderr, "note: %s\n", note.c_str());
  const app::ConfigSource source = source_of(arguments);
  config::Report report;
  const auto loaded = app::load_config(source, report);
  print_problems(report);
  if (arguments.peer.print_config) std::fputs(loaded.agent->text.c_str(), stderr);
  if (report.has_errors()) return kFailure;
  if (arguments.peer.check_syntax) {
    std::puts("Valid config file! No syntax issues found");
    return kOk;
  }

  app::block_signals();  // before any thread starts
  Logger log(loaded.server.log_level, loaded.server.log_format);
  loop::EventLoop control;
  int exit_code = kOk;
  {
    app::App agent(control, log, selfmon::Scope());
    const auto stop = [&] {
      agent.stop([&](int code) {
        exit_code = code;
        control.stop();
      });
    };
    agent.on_finished(stop);
    const Status started =
        agent.start(loaded.server, loaded.agent, [&] { return load_again(source, loaded, log); });
    if (!started) {
      std::fprintf(stderr, "dunlin: %s\n", started.error().message.c_str());
      return kFailure;
    }
    const auto signals = app::Signals::watch(control, [&](int signal) {
      if (signal == SIGHUP) return agent.reload([](const Status&) {});
      if (signal == SIGQUIT) return;
      stop();
    });
    if (!signals) {
      std::fprintf(stderr, "dunlin: %s\n", signals.error().message.c_str());
      return kFailure;
    }
    control.run();
  }
  return exit_code;
}

}  // namespace agent::cli
