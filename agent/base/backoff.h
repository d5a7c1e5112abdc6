#pragma once
// How long to wait before the next try. Spec: delivery.md 4.1, logs.md 10.4.
#include <algorithm>

#include "agent/base/clock.h"
#include "agent/base/random.h"

namespace agent {

/// How a delay is drawn from the doubling base d.
enum class Jitter {
  Full,    ///< uniform in [0, d]: our own default, spreads a fleet best
  Upward,  ///< uniform in [d, 2d]: what Promtail and its users expect
};

/// Exponential delays with jitter, a cap and a floor. One for each destination.
class Backoff {
 public:
  struct Limits {
    Duration base = std::chrono::milliseconds(500);
    Duration cap = std::chrono::seconds(30);
    Duration floor = std::chrono::milliseconds(50);
    Jitter jitter = Jitter::Full;
  };
  Backoff(Limits limits, Random& random) : limits_(limits), random_(random), step_(limits.base) {}

  /// The delay before the next try; at least `at_least` (what the server asked for) plus up to 10
  /// %.
  Duration next(Duration at_least = Duration::zero()) {
    const double fraction = random_.fraction();
    const auto drawn =
        limits_.jitter == Jitter::Full ? scaled(step_, fraction) : scaled(step_, 1 + fraction);
    step_ = std::min(step_ * 2, limits_.cap);
    ++tries_;
    const Duration own = std::clamp(drawn, limits_.floor, std::max(limits_.floor, limits_.cap));
    return at_least > Duration::zero() ? std::max(own, scaled(at_least, 1 + fraction / 10)) : own;
  }
  /// After a success: the next delay starts at the base again.
  void reset() {
    step_ = limits_.base;
    tries_ = 0;
  }
  /// Failures since the last success.
  int tries() const { return tries_; }

 private:
  static Duration scaled(Duration d, double factor) {
    const double ns = static_cast<double>(d.count()) * factor;
    // A server may ask for more than a Duration holds.
    return ns < 9.2e18 ? Duration(static_cast<Duration::rep>(ns)) : Duration::max();
  }
  Limits limits_;
  Random& random_;
  Duration step_;
  int tries_ = 0;
};

}  // namespace agent
