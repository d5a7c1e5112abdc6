#pragma once
// The body of a promtail.yaml, as it stands below our `logs:` too. Spec: logs.md 1.2, 2.1, 2.2.
#include <optional>
#include <string>
#include <vector>

#include "agent/base/clock.h"
#include "agent/config/node.h"
#include "agent/config/report.h"
#include "agent/logs/source.h"
#include "agent/logs/tail/compressed_reader.h"
#include "agent/model/relabel_rule.h"
#include "agent/model/scrape_job.h"
#include "agent/model/target_group.h"

namespace agent::logs {

/// One scrape config that can run.
struct JobConfig {
  std::string name;
  config::Node pipeline_stages;  ///< its own, else the default ones; absent: none
  std::string stages_path;       ///< of that node: "scrape_configs[0].pipeline_stages"
  std::vector<model::RelabelRule> relabel_rules;
  // Files, found by service discovery:
  std::vector<model::TargetGroup> static_groups;
  std::vector<model::FileDiscovery> file_discovery;
  std::string encoding;  ///< a known name; "": bytes go on as they are
  std::optional<DecompressionConfig> decompression;
  // Or another source:
  SourceMaker make_source;                     ///< null: files
  std::vector<model::DockerDiscovery> docker;  ///< engines whose containers it is told of
  std::string source_text;  ///< what it was made from; equal text: the same source
};

/// One `pipeline_stages` of the file.
struct PipelineStages {
  config::Node stages;
  std::string path;
};

struct LogsConfig {
  std::vector<config::Node> clients;  ///< for exporter::read_loki_clients
  std::vector<std::string> client_paths;

  struct Positions {
    bool given = false;  ///< a `logs:` section without `positions` writes none
    std::string filename = "/var/log/positions.yaml";
    Duration sync_period = std::chrono::seconds(10);
  } positions;

  struct FileWatch {
    Duration min_poll = std::chrono::milliseconds(250);
    Duration max_poll = std::chrono::milliseconds(250);
  } file_watch;

  Duration target_sync_period = std::chrono::seconds(10);

  struct Limits {
    bool readline_rate_enabled = false;
    double readline_rate = 10'000;
    std::uint64_t readline_burst = 10'000;
    bool readline_rate_drop = true;
    std::uint64_t max_streams = 0;
    std::uint64_t max_line_size_bytes = 0;
    bool max_line_size_truncate = false;
  } limits;

  std::vector<JobConfig> jobs;
  /// Those of all jobs, each list once: also of jobs that do not run, and of those that stdin
  /// stands in for.
  std::vector<PipelineStages> stage_lists;
};

/// Where the body stands.
enum class LogsPlace {
  Promtail,  ///< a file of its own: its `server` is read by whoever reads the top level
  Section,   ///< below our `logs:`; `server` there is an error that names the top-level one
};

/// Reads the body. Faults go to `report` with their places; jobs of sources that are not built yet
/// are warnings, and do not run. `default_stages` are those of jobs that have none. `base_folder`
/// is that of the file: relative file_sd globs start there. `path` is that of the section ("logs";
/// "" for a promtail.yaml).
LogsConfig read_logs_config(const config::Node& section, const config::Node& default_stages,
                            const std::string& base_folder, config::Report& report,
                            LogsPlace place = LogsPlace::Section, const std::string& path = "logs");

}  // namespace agent::logs
