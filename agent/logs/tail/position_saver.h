#pragma once
// When positions are saved, and on which thread. Spec: logs.md 3.4, delivery.md 4.4 and 7.
#include <memory>

#include "agent/logs/tail/positions.h"
#include "agent/loop/event_loop.h"
#include "agent/loop/offload.h"

namespace agent::logs {

/// Flushes positions after each turn that moved some, makes them durable every second, and writes
/// the YAML every `yaml_period`; syncs run on the pool's threads. Whoever owns it calls
/// Positions::save() at the very end.
class PositionSaver {
 public:
  /// Both outlive it.
  PositionSaver(Positions& positions, loop::EventLoop& loop, Duration yaml_period);
  PositionSaver(const PositionSaver&) = delete;
  PositionSaver& operator=(const PositionSaver&) = delete;
  ~PositionSaver();

 private:
  void on_change();
  void on_timer();
  void save(Positions::Scope scope);

  Positions& positions_;
  loop::EventLoop& loop_;
  loop::Timer flush_timer_;
  loop::Timer state_timer_;
  loop::Timer yaml_timer_;
  bool yaml_due_ = false;
  std::shared_ptr<PositionSave> running_;
  loop::Offload work_;
};

}  // namespace agent::logs
