#pragma once
// A delay after a failure: backoff, what the server asked for, and the timer that ends it.
#include "agent/base/backoff.h"
#include "agent/loop/event_loop.h"

namespace agent::exporter {

/// Whoever sends asks active() first. Destroying it ends the pause without a word. Loop thread.
class Pause {
 public:
  /// `over` runs when a pause ends by itself, and may destroy it.
  Pause(loop::EventLoop& loop, Random& random, Backoff::Limits limits, loop::Callback over);
  Pause(const Pause&) = delete;
  Pause& operator=(const Pause&) = delete;
  ~Pause() = default;

  /// A try failed. `at_least`: the shortest delay that the server asks for; 0: it asks for none.
  /// Tries that were under way together and fail together are one failure to the backoff, and
  /// waiting only ever gets longer by another one.
  void begin(Duration at_least);
  bool active() const { return active_; }
  /// A try had an answer to the point: the next delay starts at the base again.
  void forget_failures() { backoff_.reset(); }
  /// True until forget_failures().
  bool has_failures() const { return backoff_.tries() > 0; }
  /// A delay of our own ends in the next turn; one that the server asked for goes on.
  void cut_short();
  void stop();

 private:
  void end_after(Duration delay);
  void on_over();

  loop::EventLoop& loop_;
  Backoff backoff_;
  loop::Callback over_;
  loop::Timer timer_;
  SteadyTime due_{};
  bool active_ = false;
  bool server_asked_ = false;
};

}  // namespace agent::exporter
