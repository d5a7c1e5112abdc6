#pragma once
#include <functional>
#include <memory>

#include "agent/loop/event_loop.h"

namespace agent::loop {

/// Blocking work (fdatasync) on libuv's pool. Destroying the handle cancels the callback; work that
/// has begun runs to its end all the same, so it owns what it touches.
class Offload {
 public:
  struct State;
  Offload() = default;
  /// Runs `work` on a thread of the pool, then `done` on the loop.
  Offload(EventLoop& loop, Callback work, Callback done);
  Offload(Offload&&) noexcept = default;
  Offload& operator=(Offload&& other) noexcept;
  ~Offload() { cancel(); }
  void cancel();
  /// True until `done` has been called or the work was cancelled.
  bool running() const;

 private:
  std::shared_ptr<State> state_;
};

}  // namespace agent::loop
