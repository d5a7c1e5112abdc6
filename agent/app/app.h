#pragma once
// The agent as a whole: four threads, three pipelines, reload and stop.
//
// DESIGN. App lives on the control loop. Each pipeline lives on a thread of its own and is only
// touched by tasks posted to it. States: Starting -> Running -> Stopping -> Stopped. Running
// changes to Stopping once (signal or stop()), a second request cuts the drain short. Nothing waits
// for a pipeline without a deadline.
#include <array>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "agent/app/loop_thread.h"
#include "agent/app/service_notify.h"
#include "agent/base/log.h"
#include "agent/base/random.h"
#include "agent/base/result.h"
#include "agent/loop/event_loop.h"
#include "agent/model/status.h"
#include "agent/pipeline/agent_config.h"
#include "agent/pipeline/pipeline.h"
#include "agent/selfmon/metrics.h"

namespace agent::app {

class App {
 public:
  using StatusList = std::vector<std::shared_ptr<const model::PipelineStatus>>;
  using ConfigPtr = std::shared_ptr<const pipeline::AgentConfig>;
  /// Reads the configuration again; the message of its error names every problem with its place.
  using LoadConfig = std::function<Result<ConfigPtr>()>;

  App(loop::EventLoop& control, Logger& log, selfmon::Scope scope);
  App(const App&) = delete;
  App& operator=(const App&) = delete;
  /// Stops without draining whatever still runs.
  ~App();

  /// Starts threads, binds listeners, begins to read. `load` serves later reloads. Errors: Config;
  /// nothing runs then.
  Status start(ConfigPtr config, LoadConfig load);
  /// Loads the configuration again and applies it; `done` gets what went wrong (the old one goes on
  /// then).
  void reload(std::function<void(Status)> done);
  /// Begins an orderly stop, or cuts a running one short; `stopped` gets the exit code: 0, or 3
  /// where data was dropped.
  void stop(std::function<void(int exit_code)> stopped);

  /// Asks every pipeline for its status; one that does not answer in time is in the list with a
  /// reason in not_ready.
  void collect(std::function<void(StatusList)> done);
  /// Why the agent as a whole is not ready: starting, stopping, the last reload failed. Empty:
  /// ready.
  std::vector<std::string> not_ready() const;
  const selfmon::Scope& scope() const { return scope_; }

 private:
  enum class State { Starting, Running, Stopping, Stopped };
  /// One signal: its thread, and the pipeline that lives on it.
  struct Unit {
    std::string signal;
    std::unique_ptr<LoopThread> thread;
    std::unique_ptr<Random> random;
    std::unique_ptr<pipeline::Pipeline> pipeline;
  };

  void make_units();
  Status apply_to_all(const ConfigPtr& config);
  void on_drained();
  void finish_stop();
  void note_reload(const Status& result);
  void beat();

  loop::EventLoop& control_;
  Logger& log_;
  selfmon::Scope scope_;
  SystemClock clock_;
  ServiceNotify notify_;
  std::array<Unit, 3> units_;
  ConfigPtr config_;
  LoadConfig load_;
  State state_ = State::Starting;
  std::string last_reload_error_;
  std::size_t draining_ = 0;
  bool cut_short_ = false;
  std::function<void(int)> stopped_;
  loop::Timer stop_timer_;
  loop::Timer watchdog_timer_;
};

}  // namespace agent::app
