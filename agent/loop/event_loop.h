#pragma once
// One event loop a thread, on libuv. Only loop/ owns uv handles.
//
// DESIGN: the handle contract of this code base. Starting an operation returns a [[nodiscard]]
// handle. Destroying it cancels: the callback will not run. Otherwise the callback runs on the loop
// thread, never before the starting call has returned, and it may destroy its owner (and the handle
// with it). The uv structure lives in a heap block that is freed in uv_close's callback; the
// callable is moved out before it runs.
#include <functional>
#include <memory>
#include <span>

#include "agent/base/clock.h"

struct uv_loop_s;

namespace agent::loop {

/// Invoked once or repeatedly by the loop, on its thread.
using Callback = std::function<void()>;

/// A running timer; destroying it stops it.
class Timer {
 public:
  struct State;
  Timer() = default;
  explicit Timer(State* state) : state_(state) {}
  Timer(Timer&& other) noexcept : state_(other.state_) { other.state_ = nullptr; }
  Timer& operator=(Timer&& other) noexcept;
  ~Timer() { stop(); }
  void stop();
  /// False once it was stopped or moved from. A one-shot timer that fired counts as running until
  /// it is stopped.
  bool armed() const { return state_ != nullptr; }

 private:
  State* state_ = nullptr;
};

/// Runs callbacks of timers, sockets, files and other threads. All members but post() and stop()
/// belong to the thread that runs the loop (or, before run(), to the thread that made it).
class EventLoop final {
 public:
  EventLoop();
  EventLoop(const EventLoop&) = delete;
  EventLoop& operator=(const EventLoop&) = delete;
  /// Every handle must be gone before. Tasks that were posted and not run are destroyed without
  /// running.
  ~EventLoop();

  /// Runs until stop().
  void run();
  /// Runs what is due now, waiting at most `wait`; for tests and for draining at shutdown.
  void run_for(Duration wait);
  /// Ends run() after the current turn. Any thread.
  void stop();
  /// Runs `task` on the loop thread, in the order of the calls. Any thread.
  void post(Callback task);

  /// Runs `callback` once after `delay` (0: in the next turn).
  [[nodiscard]] Timer after(Duration delay, Callback callback);
  /// Runs `callback` every `interval`, first after one interval.
  [[nodiscard]] Timer every(Duration interval, Callback callback);
  /// Monotonic time, cached at the start of each turn.
  SteadyTime now() const;
  /// Time the longest turn took since the last call: what a callback that hogs the loop costs the
  /// others.
  Duration take_longest_turn();

  /// For loop/ itself.
  uv_loop_s* raw();
  /// For loop/ itself: where a stream's bytes land before its callback sees them. One for all
  /// streams, because only one reads at a time; made on first use.
  std::span<char> read_buffer();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace agent::loop
