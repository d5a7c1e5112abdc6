#pragma once
#include <algorithm>

#include "agent/base/clock.h"

namespace agent::net {

/// A token bucket for what a peer may do now and then but not all the time.
class FloodGuard {
 public:
  FloodGuard(double burst, double per_second) : burst_(burst), rate_(per_second), left_(burst) {}

  /// Counts one event; false when there were too many.
  bool allow(SteadyTime now) {
    if (last_ != SteadyTime{})
      left_ = std::min(burst_, left_ + rate_ * std::chrono::duration<double>(now - last_).count());
    last_ = now;
    left_ -= 1;
    return left_ >= 0;
  }

 private:
  double burst_;
  double rate_;
  double left_;
  SteadyTime last_{};
};

}  // namespace agent::net
