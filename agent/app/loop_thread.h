#pragma once
#include <functional>
#include <string>
#include <thread>

#include "agent/loop/event_loop.h"

namespace agent::app {

/// A thread that runs one event loop. What lives on the loop is made and destroyed by tasks posted
/// to it.
class LoopThread {
 public:
  /// `name` is shown by top and gdb; at most 15 characters.
  explicit LoopThread(std::string name);
  LoopThread(const LoopThread&) = delete;
  LoopThread& operator=(const LoopThread&) = delete;
  /// Stops the loop and waits for the thread. What was made on the loop must be gone.
  ~LoopThread();
  loop::EventLoop& loop() { return loop_; }
  /// Runs `task` on the thread and waits until it is done. Not from the thread itself.
  void run_and_wait(const std::function<void()>& task);
  /// The same, but not longer than `limit`. False: the thread hangs, and the task may still run
  /// some day. Nothing is left then but to end the process.
  bool run_and_wait(const std::function<void()>& task, Duration limit);

 private:
  loop::EventLoop loop_;
  std::thread thread_;
};

}  // namespace agent::app
