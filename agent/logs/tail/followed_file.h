#pragma once
// One file as a FileSource keeps it: its reader, its place among the positions, its own metrics.
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "agent/base/clock.h"
#include "agent/logs/tail/file_reader.h"
#include "agent/logs/tail/positions.h"
#include "agent/model/label_set.h"
#include "agent/selfmon/metrics.h"

namespace agent::logs {

/// The series of one path in one job; gone with the last file of that path.
class PathMetrics {
 public:
  PathMetrics(const selfmon::Scope& scope, const std::string& path)
      : scope_(scope),
        labels_{{"path", path}},
        lines(scope.counter("read_lines_total", labels_, "Lines read of a file.")),
        read_bytes(scope.gauge("read_bytes_total", labels_, "Offset up to which it was read.")),
        file_bytes(scope.gauge("file_bytes_total", labels_, "Size of a file.")) {}
  PathMetrics(const PathMetrics&) = delete;
  PathMetrics& operator=(const PathMetrics&) = delete;
  ~PathMetrics() {
    for (const char* name : {"read_lines_total", "read_bytes_total", "file_bytes_total"})
      scope_.remove(name, labels_);
  }

 private:
  selfmon::Scope scope_;
  model::LabelSet labels_;

 public:
  selfmon::Counter& lines;
  selfmon::Gauge& read_bytes;
  selfmon::Gauge& file_bytes;
};

struct FollowedFile {
  FollowedFile() = default;
  FollowedFile(const FollowedFile&) = delete;
  FollowedFile& operator=(const FollowedFile&) = delete;
  ~FollowedFile() { *caught_up = true; }

  model::LabelSet labels;  ///< of its target, without `filename`
  std::string real_path;   ///< links resolved
  std::unique_ptr<FileReader> tailer;
  Positions::Id position = 0;
  std::shared_ptr<PathMetrics> metrics;  // shared by the generations of a path
  SteadyTime next_poll{};
  SteadyTime last_growth{};
  Duration poll_interval{};
  bool watched = false;     ///< inotify tells of changes
  bool queued = false;      ///< waits for its part of a turn
  bool draining = false;    ///< no name leads to it any more
  bool at_its_end = false;  ///< nobody will write to it again
  bool unwanted = false;    ///< it has its name, but no target leads to it any more
  bool superseded = false;  ///< its inode holds other content, which another one reads
  bool parked = false;      ///< its handle was closed for want of descriptors
  std::string last_error;
  std::optional<SteadyTime> failing_since;  ///< reading is tried again
  std::optional<SteadyTime> stuck_since;    ///< holds more than was looked at, and nothing happens
  std::uint64_t stuck_at = 0;
  std::int64_t seen_ns = 0;        ///< when it was last written to, as seen under its name
  std::int64_t generation_ns = 0;  ///< when it was written to before it was opened
  /// Read to its end once.
  std::shared_ptr<bool> caught_up = std::make_shared<bool>(false);
  /// What has to be true before it is read: that of an older generation. Null: nothing.
  std::shared_ptr<const bool> after;
};

}  // namespace agent::logs
