#include "agent/cli/cli.h"

#include <algorithm>
#include <cstdio>
#include <memory>

#include <CLI/CLI.hpp>

#include "agent/base/strings.h"
#include "agent/base/version.h"
#include "agent/cli/command.h"

namespace agent::cli {
namespace {

// Adds a subcommand whose options go into an Arguments of its own; `run` gets them once all is
// parsed.
template <typename Arguments>
Arguments& add_command(CLI::App& parent, const char* name, const char* help,
                       int (*run)(const Arguments&), int& exit_code, CLI::App*& out) {
  out = parent.add_subcommand(name, help);
  const auto arguments = std::make_shared<Arguments>();
  out->callback([arguments, run, &exit_code] { exit_code = run(*arguments); });
  return *arguments;
}

void add_try_logs(CLI::App& group, int& exit_code) {
  CLI::App* command = nullptr;
  auto& arguments = add_command(group, "logs", "Log entries through the stages of a file",
                                &try_logs, exit_code, command);
  command->add_option("--stages", arguments.stages_file, "Stages, or a promtail.yaml")->required();
  command->add_flag("--config.expand-env", arguments.expand_env, "Expand ${VAR} in the file");
  command->add_flag("--raw", arguments.raw, "stdin has plain lines, not JSON objects");
  command->add_flag("--show-extracted", arguments.show_extracted, "Print extracted values too");
  command->add_flag("--show-dropped", arguments.show_dropped, "Print why entries were dropped");
  command->add_flag("--explain", arguments.explain, "Print each entry after every stage");
}

void add_try_relabel(CLI::App& group, int& exit_code) {
  CLI::App* command = nullptr;
  auto& arguments = add_command(group, "relabel", "Apply relabel_configs to JSON label maps",
                                &try_relabel, exit_code, command);
  command->add_option("--config", arguments.config_file, "File with relabel_configs")->required();
}

void add_try_scrape(CLI::App& group, int& exit_code) {
  CLI::App* command = nullptr;
  auto& arguments = add_command(group, "scrape", "Print the samples of a metrics page", &try_scrape,
                                exit_code, command);
  command->add_option("--format", arguments.format, "prometheus or openmetrics")->required();
  command->add_option("source", arguments.source, "File, http(s) URL, or - for stdin");
}

void add_try_targets(CLI::App& group, int& exit_code) {
  CLI::App* command = nullptr;
  auto& arguments = add_command(group, "targets", "Print what a configuration scrapes",
                                &try_targets, exit_code, command);
  command->add_option("--config,--config.file", arguments.config_file, "File or folder")
      ->required();
  command->add_flag("--network", arguments.network, "Run network discoveries once");
}

void add_try_traces(CLI::App& group, int& exit_code) {
  CLI::App* command = nullptr;
  auto& arguments = add_command(group, "traces", "Sample OTLP/JSON requests from stdin, one a line",
                                &try_traces, exit_code, command);
  command->add_option("--ratio", arguments.ratio_text, "Share of traces kept, 0 to 1")->required();
  command->add_option("--mode", arguments.mode, "equalizing or proportional");
}

// `dunlin try ...`: one processing step on its own, from the code that `run` uses.
void add_try_commands(CLI::App& app, int& exit_code) {
  CLI::App& group = *app.add_subcommand("try", "Run one processing step on stdin or a file");
  group.require_subcommand(1);
  add_try_logs(group, exit_code);
  add_try_relabel(group, exit_code);
  add_try_scrape(group, exit_code);
  add_try_targets(group, exit_code);
  add_try_traces(group, exit_code);
}

void add_check(CLI::App& app, int& exit_code) {
  CLI::App* command = nullptr;
  auto& arguments =
      add_command(app, "check", "Validate a configuration; every problem with its place", &check,
                  exit_code, command);
  command->add_option("--config,--config.file", arguments.config, "File or folder")->required();
  command->add_flag("--config.expand-env", arguments.expand_env, "Expand ${VAR} in the files");
  command->add_flag("--strict", arguments.strict, "Warnings are errors");
}

void add_run(CLI::App& app, const PeerFlags& peer, int& exit_code) {
  CLI::App* command = nullptr;
  auto& arguments = add_command(app, "run", "Run the agent", &run, exit_code, command);
  arguments.peer = peer;
  command->footer([] { return peer_flag_help(); });
  command->add_option("--config,--config.file", arguments.config, "File or folder")->required();
  command->add_flag("--config.expand-env", arguments.expand_env, "Expand ${VAR} in the files");
  command->add_option("--state-dir", arguments.state_dir,
                      "Wins over state_dir; `none`: memory only");
}

void add_demo(CLI::App& app, int& exit_code) {
  CLI::App* command = nullptr;
  auto& arguments = add_command(app, "demo", "The main job on an embedded backend and a small shop",
                                &demo, exit_code, command);
  command->add_option("--for", arguments.time, "End after this time (30s, 5m)");
}

void add_health(CLI::App& app, int& exit_code) {
  CLI::App* command = nullptr;
  auto& arguments = add_command(app, "health", "Exit 0 while a running agent answers 200", &health,
                                exit_code, command);
  command->add_option("--admin", arguments.admin, "URL of the agent")->capture_default_str();
}

void add_audit(CLI::App& app, int& exit_code) {
  CLI::App* command = nullptr;
  auto& arguments = add_command(
      app, "audit", "Prove the ledger of a running agent; exit 1 if it does not balance", &audit,
      exit_code, command);
  command->add_option("--admin", arguments.admin, "URL of the agent")->capture_default_str();
}

void add_sink_command(CLI::App& app, int& exit_code) {
  auto* command = app.add_subcommand("sink", "Receive metrics, logs and traces, and show them");
  const auto arguments = std::make_shared<SinkArguments>();
  command->add_option("--listen", arguments->listen, "Address")->capture_default_str();
  command->add_option("--records", arguments->records, "Newest records kept for each signal")
      ->capture_default_str();
  command->add_option("--for", arguments->time, "End after this time (30s, 5m)");
  command->add_option("--delay-ms", arguments->delay_ms, "Wait before every answer")
      ->check(CLI::Range(0, 600'000));
  command->add_option("--fail-every", arguments->fail_every, "Refuse every n-th push");
  command->add_option("--fail-status", arguments->fail_status, "Status of such a refusal")
      ->capture_default_str()
      ->check(CLI::Range(300, 599));
  command->callback([&exit_code, arguments] { exit_code = sink(*arguments); });
}

// The words that `command` expects in the place of `word`, without their dashes.
std::vector<std::string> expected_by(const CLI::App& command, std::string_view word) {
  std::vector<std::string> out;
  if (word.starts_with('-')) {
    for (const auto* option : command.get_options())
      out.insert(out.end(), option->get_lnames().begin(), option->get_lnames().end());
    if (command.get_name() == "run")
      for (const auto name : peer_flag_names())
        out.emplace_back(name);
  } else {
    for (const auto* sub : command.get_subcommands({}))
      out.push_back(sub->get_name());
  }
  return out;
}

// Null: there is none of that name.
const CLI::App* subcommand(const CLI::App& command, const std::string& name) {
  const auto all = command.get_subcommands({});
  const auto at = std::find_if(all.begin(), all.end(),
                               [&](const auto* sub) { return sub->get_name() == name; });
  return at == all.end() ? nullptr : *at;
}

// "unknown flag --confg; did you mean --config?" for the first word that nothing expects; "": all
// are known.
std::string unknown_word(const CLI::App& app, const std::vector<std::string>& words) {
  const CLI::App* command = &app;
  for (const std::string& word : words) {
    if (const CLI::App* sub = subcommand(*command, word)) {
      command = sub;
      continue;
    }
    const std::string name = word.substr(0, word.find('='));
    const bool flag = name.starts_with('-');
    const bool takes_words = !flag && command->get_subcommands({}).empty();
    if (takes_words || (flag && command->get_option_no_throw(name) != nullptr)) continue;
    const auto expected = expected_by(*command, name);
    const std::vector<std::string_view> candidates(expected.begin(), expected.end());
    const std::size_t dashes = std::min(name.find_first_not_of('-'), name.size());
    const auto near = nearest(std::string_view(name).substr(dashes), candidates);
    std::string out = (flag ? "unknown flag " : "unknown command ") + name;
    if (!near.empty())
      out += "; did you mean " + std::string(flag ? "--" : "") + std::string(near) + "?";
    return out;
  }
  return {};
}

int print_version() {
  std::printf("dunlin %s\n", kVersion);
  return kOk;
}

int usage_error(const std::string& why) {
  std::fprintf(stderr, "dunlin: %s\n", why.c_str());
  return kUsage;
}

int parse(CLI::App& app, const std::vector<std::string>& words) {
  try {
    app.parse(std::vector<std::string>(words.rbegin(), words.rend()));
  } catch (const CLI::ParseError& stopped) {
    if (stopped.get_exit_code() != 0)
      if (const auto unknown = unknown_word(app, words); !unknown.empty())
        return usage_error(unknown + "\nRun with --help for more information.");
    return app.exit(stopped) == 0 ? kOk : kUsage;
  }
  return kOk;
}

}  // namespace

int run_command_line(int argc, char** argv) {
  const auto line = take_peer_flags({argv + 1, argv + argc});
  if (!line) return usage_error(line.error().message);
  if (line->peer.version) return print_version();
  CLI::App app("dunlin: logs, metrics and traces of a node, in one small process", "dunlin");
  app.require_subcommand(1);
  int exit_code = kOk;

  app.add_subcommand("version", "Print the version")->callback([] { print_version(); });
  add_run(app, line->peer, exit_code);
  add_check(app, exit_code);
  add_try_commands(app, exit_code);
  add_audit(app, exit_code);
  add_demo(app, exit_code);
  add_health(app, exit_code);
  add_sink_command(app, exit_code);

  const int parsed = parse(app, line->words);
  return parsed == kOk ? exit_code : parsed;
}

}  // namespace agent::cli
