#pragma once
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "agent/base/result.h"
#include "agent/model/status.h"

namespace agent::admin {

/// What the pipelines said when they were asked.
struct Snapshot {
  std::vector<std::shared_ptr<const model::PipelineStatus>> pipelines;
  /// Signals whose thread did not answer in time: its loop hangs.
  std::vector<std::string> silent;
  /// Why the agent as a whole is not ready (starting, stopping); the pipelines have their own.
  std::vector<std::string> not_ready;
  /// The configuration in force as YAML, secrets masked.
  std::string config;
};

/// The door through which the pages see the agent; app implements it. Loop thread of the admin
/// server.
class StatusSource {
 public:
  StatusSource() = default;
  StatusSource(const StatusSource&) = delete;
  StatusSource& operator=(const StatusSource&) = delete;
  virtual ~StatusSource() = default;

  /// Asks each pipeline on its own thread. `done` runs once, within a second or two, with those
  /// that answered. It may run before collect() returns.
  virtual void collect(std::function<void(Snapshot)> done) = 0;
  /// Reads the configuration again. `done` runs once; an error leaves the old one in place and its
  /// message has a line for each problem, "file:line:column: ...".
  virtual void reload(std::function<void(Status)> done) = 0;
};

}  // namespace agent::admin
