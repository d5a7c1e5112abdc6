#pragma once
// A subcommand as the command line sees it. CLI11 stays in cli.cc: every other file gets plain
// arguments.
#include <string>
#include <vector>

namespace agent::cli {

/// What a user typed behind `dunlin try logs` and the like. Only cli.cc fills these.
struct TryLogsArguments {
  std::string stages_file;
  bool raw = false;
  bool show_extracted = false;
  bool show_dropped = false;
  bool explain = false;
};
struct TryRelabelArguments {
  std::string config_file;
};
struct TryScrapeArguments {
  std::string format;
  std::string source;  ///< file, http URL, or "-"
  bool native = false;
};
struct TryTargetsArguments {
  std::string config_file;
  bool network = false;
};
struct TryTracesArguments {
  double ratio = 1;
  std::string ratio_text;
  std::string mode = "equalizing";
};

// Each reads stdin or files, writes results to stdout and errors to stderr, and returns the exit
// code.
int try_logs(const TryLogsArguments& arguments);
int try_relabel(const TryRelabelArguments& arguments);
int try_scrape(const TryScrapeArguments& arguments);
int try_targets(const TryTargetsArguments& arguments);
int try_traces(const TryTracesArguments& arguments);

}  // namespace agent::cli
