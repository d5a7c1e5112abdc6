#pragma once
// A subcommand as the command line sees it. CLI11 stays in cli.cc: every other file gets plain
// arguments.
#include <cstdint>
#include <string>
#include <vector>

#include "agent/cli/peer_flags.h"

namespace agent::cli {

/// What a user typed behind `dunlin try logs` and the like. Only cli.cc fills these.
struct TryLogsArguments {
  std::string stages_file;
  bool expand_env = false;
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
/// `audit`, `health`: which running agent is asked.
struct AdminArguments {
  std::string admin = "http://127.0.0.1:9080";
};
struct CheckArguments {
  std::string config;
  bool expand_env = false;
  bool strict = false;
};
struct RunArguments {
  std::string config;
  bool expand_env = false;
  std::string state_dir;  ///< wins over the configuration; "": not given
  PeerFlags peer;
};

/// `dunlin sink`.
struct SinkArguments {
  std::string listen = "127.0.0.1:9085";
  std::size_t records = 500;  ///< kept for each signal
  std::string time;           ///< a duration; "": until a signal
  int delay_ms = 0;
  int fail_status = 503;
  std::uint64_t fail_every = 0;  ///< 0: never
};

/// `dunlin demo`.
struct DemoArguments {
  std::string time;  ///< a duration; "": until a signal
};

// Each reads stdin or files, writes results to stdout and errors to stderr, and returns the exit
// code.
int try_logs(const TryLogsArguments& arguments);
int try_relabel(const TryRelabelArguments& arguments);
int try_scrape(const TryScrapeArguments& arguments);
int try_targets(const TryTargetsArguments& arguments);
int try_traces(const TryTracesArguments& arguments);
int sink(const SinkArguments& arguments);
int demo(const DemoArguments& arguments);

int audit(const AdminArguments& arguments);
int check(const CheckArguments& arguments);
int health(const AdminArguments& arguments);
int run(const RunArguments& arguments);

}  // namespace agent::cli
