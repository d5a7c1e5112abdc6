#pragma once
#include <string>
#include <vector>

#include "agent/base/log.h"
#include "agent/discovery/file_groups.h"
#include "agent/model/scrape_job.h"
#include "agent/selfmon/metrics.h"

namespace agent::discovery {

/// One element of a job's file_sd_configs as time goes by. References outlive it.
class WatchedFiles {
 public:
  struct Environment {
    Logger& log;
    selfmon::Counter& failures;
  };
  /// The counter of what could not be read.
  static selfmon::Counter& failures_in(const selfmon::Scope& scope);

  WatchedFiles(Environment environment, std::string job, const model::FileDiscovery& files,
               model::NameValidation names)
      : env_(environment),
        job_(std::move(job)),
        groups_(files.globs, names),
        refresh_interval_(files.refresh_interval) {}

  /// Reads the files that changed, and all of them once the refresh_interval has passed. What
  /// cannot be read keeps its last good targets; it is counted, and said with its place, once for
  /// each fault. True when the groups are others than before.
  bool look(SteadyTime now);
  std::vector<model::TargetGroup> groups() const { return groups_.groups(); }

 private:
  Environment env_;
  std::string job_;
  FileGroups groups_;
  Duration refresh_interval_;
  SteadyTime next_refresh_{};
};

}  // namespace agent::discovery
