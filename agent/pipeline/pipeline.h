#pragma once
// One signal from source to sender, on one loop. The three kinds look alike from outside.
#include <cstdint>
#include <functional>
#include <memory>

#include "agent/base/clock.h"
#include "agent/base/log.h"
#include "agent/base/random.h"
#include "agent/base/result.h"
#include "agent/loop/event_loop.h"
#include "agent/model/status.h"
#include "agent/selfmon/metrics.h"

namespace agent::pipeline {

struct AgentConfig;

/// What a pipeline needs from around it; all outlive it.
struct Environment {
  loop::EventLoop& loop;
  const Clock& clock;
  Random& random;
  Logger& log;
  selfmon::Scope scope;
  /// Told, from inside a callback of the loop, when a source that the process was started for has
  /// come to its end (standard input). May be empty.
  std::function<void()> finished{};
};

/// Wires source -> processing -> queue -> sender of one signal. Made, used and destroyed on its
/// loop's thread.
class Pipeline {
 public:
  Pipeline() = default;
  Pipeline(const Pipeline&) = delete;
  Pipeline& operator=(const Pipeline&) = delete;
  virtual ~Pipeline() = default;

  /// Start and reload are one path: what did not change goes on untouched. Errors: Config (an
  /// address in use); then nothing has changed.
  virtual Status apply(std::shared_ptr<const AgentConfig> config) = 0;
  virtual model::PipelineStatus status() const = 0;
  /// Takes in nothing new from now on.
  virtual void stop_sources() = 0;
  /// Sends what is held; `done` runs in a later turn, when nothing is held or `deadline` has
  /// passed.
  virtual void drain(Duration deadline, loop::Callback done) = 0;
  /// The end: what is still held is dropped with reason shutdown. Returns the records that nobody
  /// will read again (lines of files are read again: their position did not move).
  virtual std::uint64_t abandon() = 0;
};

}  // namespace agent::pipeline
