#pragma once
// What a receiver that has no room tells its clients.
#include <algorithm>

#include "agent/base/clock.h"
#include "agent/base/random.h"

namespace agent {

/// How long refused clients are told to wait: 1 s, doubling to 30 s while it lasts, plus up to 20 %
/// so that they do not come back together.
class RetryHint {
 public:
  RetryHint(const Clock& clock, Random& random) : clock_(clock), random_(random) {}
  Duration next() {
    const SteadyTime now = clock_.steady_now();
    if (!refusing_) {
      refusing_ = true;
      delay_ = kFirstDelay;
      doubled_at_ = now;
    } else if (now - doubled_at_ >= delay_) {
      delay_ = std::min(delay_ * 2, kLongestDelay);
      doubled_at_ = now;
    }
    const double factor = 1 + kJitter * random_.fraction();
    return Duration(static_cast<Duration::rep>(static_cast<double>(delay_.count()) * factor));
  }
  /// There is room again.
  void reset() { refusing_ = false; }

 private:
  static constexpr Duration kFirstDelay = std::chrono::seconds(1);
  static constexpr Duration kLongestDelay = std::chrono::seconds(30);
  static constexpr double kJitter = 0.2;
  const Clock& clock_;
  Random& random_;
  bool refusing_ = false;
  Duration delay_{};
  SteadyTime doubled_at_{};  // a crowd of clients doubles it once, not once each
};

}  // namespace agent
