#include "agent/app/app.h"

#include <atomic>
#include <cstdlib>
#include <utility>

#include "agent/admin/routes.h"
#include "agent/app/start_pages.h"
#include "agent/base/files.h"
#include "agent/base/version.h"
#include "agent/pipeline/logs_pipeline.h"
#include "agent/pipeline/metrics_pipeline.h"
#include "agent/pipeline/traces_pipeline.h"

namespace agent::app {
namespace {

using std::chrono::seconds;

constexpr Duration kStatusDeadline = seconds(2);
constexpr Duration kBeforeTheEnd =
    seconds(5);  // of shutdown_timeout, kept for writing the rest (delivery.md 5)
constexpr Duration kLastAnswer = seconds(4);  // of a pipeline's thread, at the end
constexpr int kDataDropped = 3;

std::unique_ptr<pipeline::Pipeline> make_pipeline(const std::string& signal,
                                                  pipeline::Environment environment) {
  if (signal == "metrics")
    return std::make_unique<pipeline::MetricsPipeline>(std::move(environment));
  if (signal == "logs") return std::make_unique<pipeline::LogsPipeline>(std::move(environment));
  return std::make_unique<pipeline::TracesPipeline>(std::move(environment));
}

}  // namespace

App::App(loop::EventLoop& control, Logger& log, selfmon::Scope scope)
    : control_(control),
      log_(log),
      scope_(std::move(scope)),
      notify_(ServiceNotify::from_environment()),
      started_(clock_.wall_now()) {
  scope_
      .gauge("build_info", {{"version", kVersion}},
             "A metric with the constant value 1 that carries the version.")
      .set(1);
  units_[0].signal = "metrics";
  units_[1].signal = "logs";
  units_[2].signal = "traces";
}

App::~App() {
  admin_.reset();
  for (auto& unit : units_) {
    if (!unit.thread) continue;
    unit.thread->run_and_wait([&unit] { unit.pipeline.reset(); });
    unit.thread.reset();
  }
}

void App::make_units() {
  for (auto& unit : units_) {
    unit.random = std::make_unique<Random>(Random::from_system());
    unit.thread = std::make_unique<LoopThread>(unit.signal);
    unit.thread->run_and_wait([&] {
      unit.pipeline =
          make_pipeline(unit.signal, {unit.thread->loop(), clock_, *unit.random, log_, scope_,
                                      [this] { control_.post([this] { on_finished(); }); }});
    });
  }
}

Status App::apply_to_all(const ConfigPtr& config) {
  // Traces first: they are the likeliest to fail, on an address in use.
  // NOLINTNEXTLINE(modernize-loop-convert): std::views::reverse breaks clang-tidy 14
  for (auto unit = units_.rbegin(); unit != units_.rend(); ++unit) {
    Status result;
    unit->thread->run_and_wait([&] { result = unit->pipeline->apply(config); });
    if (!result) return result;
  }
  return {};
}

Status App::start_admin(const ServerConfig& config) {
  if (!config.enabled) return {};
  auto server = net::HttpServer::listen(control_, config.listen, config.limits, log_,
                                        scope_.with("listener", "admin"), config.tls);
  if (!server) return server.error().within("server");
  admin_ = std::move(*server);
  admin::install_routes(*admin_,
                        {*this, clock_, scope_, started_, config.enable_lifecycle, config.pages});
  log_.info("The admin pages are served.",
            {{"url", (config.tls ? "https://" : "http://") + loop::to_string(admin_->local()) +
                         config.pages.prefix + "/"}});
  return {};
}

loop::HostPort App::admin_address() const { return admin_ ? admin_->local() : loop::HostPort(); }

Status App::start(const ServerConfig& server, ConfigPtr config, LoadConfig load) {
  load_ = std::move(load);
  if (!config->state_dir.empty())
    if (const Status made = make_directories(config->state_dir); !made)
      return made.error().within("state_dir");
  if (Status bound = start_admin(server); !bound) return bound;
  make_units();
  if (Status applied = apply_to_all(config); !applied) return applied;
  config_ = std::move(config);
  state_ = State::Running;
  note_config_in_force();
  notify_.ready();
  drop_start_pages();
  const Duration interval = watchdog_interval_from_environment();
  if (interval > Duration::zero()) watchdog_timer_ = control_.every(interval, [this] { beat(); });
  return {};
}

void App::on_finished() {
  if (finished_) finished_();
}

// The watchdog is fed only by a full round through all loops.
void App::beat() {
  auto left = std::make_shared<std::atomic<std::size_t>>(units_.size());
  for (auto& unit : units_) {
    if (!unit.thread) return;
    unit.thread->loop().post([this, left] {
      if (--*left == 0) notify_.watchdog();
    });
  }
}

void App::note_config_in_force() {
  scope_
      .gauge("config_last_reload_successful",
             "1 when the configuration in force is the one that was last read.")
      .set(1);
  scope_
      .gauge("config_last_reload_success_timestamp_seconds",
             "When the configuration in force was read.")
      .set(std::chrono::duration<double>(clock_.wall_now().time_since_epoch()).count());
  for (const char* result : {"success", "failure"})
    scope_.counter("config_reloads_total", "result", result);
}

void App::note_reload(const Status& result) {
  if (!result) scope_.gauge("config_last_reload_successful").set(0);
  scope_.counter("config_reloads_total", "result", result ? "success" : "failure").add();
  if (result) {
    note_config_in_force();
    log_.info("The configuration was reloaded.");
  } else {
    log_.error("The new configuration was refused; the old one goes on.",
               {{"error", result.error().message}});
  }
}

void App::reload(std::function<void(Status)> done) {
  if (state_ != State::Running)
    return done(Error{ErrorKind::Overloaded, "the agent is not running"});
  notify_.reloading(clock_.steady_now());
  Result<ConfigPtr> loaded = load_();
  Status result = loaded ? apply_to_all(*loaded) : Status(loaded.error());
  if (result) {
    config_ = *loaded;
  } else if (loaded) {
    // An address in use, say. What was changed before that goes back.
    if (const Status back = apply_to_all(config_); !back)
      log_.error("The old configuration is not whole again.", {{"reason", back.error().message}});
  }
  note_reload(result);
  notify_.ready();
  done(std::move(result));
}

void App::stop(std::function<void(int)> stopped) {
  stopped_ = std::move(stopped);
  if (state_ == State::Stopping) {
    if (!std::exchange(cut_short_, true))
      log_.warn("A second signal: stopping without waiting for the backends.");
    stop_timer_ = control_.after(Duration::zero(), [this] { finish_stop(); });
    return;
  }
  if (state_ != State::Running) return;
  state_ = State::Stopping;
  notify_.stopping();
  log_.info("Stopping: sources first, then what is held is sent.");
  const Duration total = config_->shutdown_timeout;
  const Duration drain = std::max<Duration>(total - kBeforeTheEnd, total / 2);
  draining_ = units_.size();
  for (auto& unit : units_) {
    unit.thread->loop().post([this, &unit, drain] {
      unit.pipeline->stop_sources();
      unit.pipeline->drain(drain, [this] { control_.post([this] { on_drained(); }); });
    });
  }
  stop_timer_ = control_.after(drain + seconds(1), [this] { finish_stop(); });
}

void App::on_drained() {
  if (draining_ > 0 && --draining_ == 0 && state_ == State::Stopping) finish_stop();
}

void App::finish_stop() {
  if (state_ != State::Stopping) return;
  state_ = State::Stopped;
  stop_timer_.stop();
  watchdog_timer_.stop();
  admin_.reset();
  std::uint64_t lost = 0;
  for (auto& unit : units_) {
    std::uint64_t dropped = 0;
    const bool ended = unit.thread->run_and_wait(
        [&] {
          dropped = unit.pipeline->abandon();
          unit.pipeline.reset();
        },
        kLastAnswer);
    if (!ended) {
      log_.error("A pipeline does not stop; the process ends without it.",
                 {{"signal", unit.signal}});
      std::_Exit(kDataDropped);  // the thread still uses what a return would destroy
    }
    unit.thread.reset();
    if (dropped > 0)
      log_.error(
          "Records could not be delivered before the end and are dropped.",
          {{"signal", unit.signal}, {"dropped", std::to_string(dropped)}, {"reason", "shutdown"}});
    lost += dropped;
  }
  log_.info("Stopped.", {{"dropped_records", std::to_string(lost)}});
  if (stopped_) stopped_(lost > 0 ? kDataDropped : 0);
}

void App::collect(std::function<void(admin::Snapshot)> done) {
  struct Round {
    std::array<std::shared_ptr<const model::PipelineStatus>, 3> answers;
    std::size_t left = 3;
    loop::Timer deadline;
    std::function<void()> finish;
  };
  auto round = std::make_shared<Round>();
  round->finish = [this, round, done = std::move(done)] {
    admin::Snapshot snapshot;
    for (std::size_t i = 0; i < units_.size(); ++i) {
      if (round->answers[i]) {
        snapshot.pipelines.push_back(round->answers[i]);
      } else {
        snapshot.silent.push_back(units_[i].signal);
      }
    }
    snapshot.not_ready = not_ready();
    if (config_) snapshot.config = config_->text;
    round->deadline.stop();
    done(std::move(snapshot));
  };
  const auto finish_once = [round] {
    if (auto finish = std::exchange(round->finish, nullptr)) finish();
  };
  round->deadline = control_.after(kStatusDeadline, finish_once);
  for (std::size_t i = 0; i < units_.size(); ++i) {
    if (!units_[i].thread) continue;
    units_[i].thread->loop().post([this, round, finish_once, i, pipeline = &units_[i].pipeline] {
      if (!*pipeline) return;
      auto status = std::make_shared<const model::PipelineStatus>((*pipeline)->status());
      control_.post([round, finish_once, i, status = std::move(status)] {
        round->answers[i] = status;
        if (--round->left == 0) finish_once();
      });
    });
  }
}

std::vector<std::string> App::not_ready() const {
  std::vector<std::string> out;
  if (state_ == State::Starting) out.emplace_back("starting");
  if (state_ == State::Stopping || state_ == State::Stopped) out.emplace_back("stopping");
  return out;
}

}  // namespace agent::app
