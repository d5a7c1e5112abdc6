#pragma once
#include <functional>
#include <memory>

#include "agent/base/result.h"
#include "agent/base/unique_fd.h"
#include "agent/loop/poll.h"

namespace agent::app {

/// Delivers SIGTERM, SIGINT, SIGHUP and SIGQUIT as calls on one loop. Make it before any other
/// thread starts: the signals are blocked for the whole process. SIGPIPE is ignored.
class Signals {
 public:
  using OnSignal = std::function<void(int)>;
  static Result<std::unique_ptr<Signals>> watch(loop::EventLoop& loop, OnSignal on_signal);

 private:
  Signals(loop::EventLoop& loop, UniqueFd fd, OnSignal on_signal);
  void on_readable();
  UniqueFd fd_;
  OnSignal on_signal_;
  loop::Poll poll_;
};

/// Blocks those signals in this thread and the ones it will start, without reading them yet.
void block_signals();

}  // namespace agent::app
