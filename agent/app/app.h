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

#include "agent/admin/status_source.h"
#include "agent/app/loop_thread.h"
#include "agent/app/server_config.h"
#include "agent/app/service_notify.h"
#include "agent/base/log.h"
#include "agent/base/random.h"
#include "agent/base/result.h"
#include "agent/loop/event_loop.h"
#include "agent/net/http_server.h"
#include "agent/pipeline/agent_config.h"
#include "agent/pipeline/pipeline.h"
#include "agent/selfmon/metrics.h"

namespace agent::app {

class App final : public admin::StatusSource {
 public:
  using ConfigPtr = std::shared_ptr<const pipeline::AgentConfig>;
  /// Reads the configuration again; the message of its error names every problem with its place.
  using LoadConfig = std::function<Result<ConfigPtr>()>;

  App(loop::EventLoop& control, Logger& log, selfmon::Scope scope);
  /// Stops without draining whatever still runs.
  ~App() override;

  /// Starts threads, binds listeners, begins to read. `load` serves later reloads. Errors: Config,
  /// Io (the state folder); nothing runs then.
  Status start(const ServerConfig& server, ConfigPtr config, LoadConfig load);
  /// Begins an orderly stop, or cuts a running one short; `stopped` gets the exit code: 0, or 3
  /// where data was dropped.
  void stop(std::function<void(int exit_code)> stopped);
  /// Runs when the input that the process was started for has come to its end (standard input);
  /// then it is time to stop(). Set before start().
  void on_finished(std::function<void()> call) { finished_ = std::move(call); }
  /// Where the admin server listens; port 0 where there is none.
  loop::HostPort admin_address() const;

  void collect(std::function<void(admin::Snapshot)> done) override;
  void reload(std::function<void(Status)> done) override;

 private:
  enum class State { Starting, Running, Stopping, Stopped };
  /// One signal: its thread, and the pipeline that lives on it.
  struct Unit {
    std::string signal;
    std::unique_ptr<LoopThread> thread;
    std::unique_ptr<Random> random;
    std::unique_ptr<pipeline::Pipeline> pipeline;
  };

  Status start_admin(const ServerConfig& server);
  void make_units();
  Status apply_to_all(const ConfigPtr& config);
  void on_finished();
  void on_drained();
  void finish_stop();
  void note_config_in_force();
  void note_reload(const Status& result);
  void beat();
  std::vector<std::string> not_ready() const;

  loop::EventLoop& control_;
  Logger& log_;
  selfmon::Scope scope_;
  SystemClock clock_;
  ServiceNotify notify_;
  Timestamp started_{};
  std::array<Unit, 3> units_;
  std::unique_ptr<net::HttpServer> admin_;
  ConfigPtr config_;
  LoadConfig load_;
  State state_ = State::Starting;
  std::size_t draining_ = 0;
  bool cut_short_ = false;
  std::function<void(int)> stopped_;
  std::function<void()> finished_;
  loop::Timer stop_timer_;
  loop::Timer watchdog_timer_;
};

}  // namespace agent::app
