#pragma once
#include <algorithm>
#include <cstdint>

#include "agent/base/clock.h"

namespace agent::logs {

/// Tokens that come at a rate and gather up to a burst; starts full. `now` may step back, with the
/// clock of the machine: tokens go on from there.
class TokenBucket {
 public:
  /// `rate` tokens a second; next() needs more than 0.
  TokenBucket(double rate, double burst, Timestamp now)
      : rate_(rate), burst_(burst), tokens_(burst), filled_(now) {}

  bool try_take(Timestamp now) {
    if (available(now) < 1) return false;
    take(1);
    return true;
  }
  /// Whole tokens that are there.
  std::uint64_t available(Timestamp now) {
    fill(now);
    return static_cast<std::uint64_t>(tokens_);
  }
  void take(std::uint64_t count) { tokens_ -= static_cast<double>(count); }
  /// When there will be a token, as of the last try_take() or available().
  Timestamp next() const {
    const double seconds = std::max(0.0, 1 - tokens_) / rate_;
    constexpr double kLongest = 1e9;
    return filled_ +
           std::chrono::ceil<Duration>(std::chrono::duration<double>(std::min(seconds, kLongest)));
  }

 private:
  void fill(Timestamp now) {
    const double seconds = std::chrono::duration<double>(now - filled_).count();
    if (seconds > 0) tokens_ = std::min(burst_, tokens_ + seconds * rate_);
    filled_ = now;
  }
  double rate_;
  double burst_;
  double tokens_;
  Timestamp filled_;
};

}  // namespace agent::logs
