#include "agent/discovery/watched_files.h"

namespace agent::discovery {

selfmon::Counter& WatchedFiles::failures_in(const selfmon::Scope& scope) {
  return scope.counter("sd_refresh_failures_total",
                       "Files of targets or services that could not be read.");
}

bool WatchedFiles::look(SteadyTime now) {
  const bool all = now >= next_refresh_;
  if (all) next_refresh_ = now + refresh_interval_;
  const auto before = groups_.problems();
  const bool changed = groups_.refresh(all ? FileGroups::Read::All : FileGroups::Read::Changed);
  const auto problems = groups_.problems();
  if (problems == before) return changed;
  for (const auto& problem : problems) {
    env_.failures.add();
    env_.log.warn("A file of targets cannot be read; its last good targets stay in force.",
                  {{"job", job_}, {"error", problem}});
  }
  return changed;
}

}  // namespace agent::discovery
