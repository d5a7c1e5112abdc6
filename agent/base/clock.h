#pragma once
// Time comes through an injected Clock, so that tests decide what time it is.
#include <chrono>

namespace agent {

using Duration = std::chrono::nanoseconds;
/// Wall time, nanoseconds since the Unix epoch. Goes into records; never measures how long
/// something took.
using Timestamp = std::chrono::time_point<std::chrono::system_clock, Duration>;
/// Monotonic time, for deadlines and durations.
using SteadyTime = std::chrono::time_point<std::chrono::steady_clock, Duration>;

/// The two clocks of the machine. Any thread.
class Clock {
 public:
  Clock() = default;
  Clock(const Clock&) = delete;
  Clock& operator=(const Clock&) = delete;
  virtual ~Clock() = default;
  virtual Timestamp wall_now() const = 0;
  virtual SteadyTime steady_now() const = 0;
};

/// The real clocks.
class SystemClock final : public Clock {
 public:
  Timestamp wall_now() const override { return std::chrono::system_clock::now(); }
  SteadyTime steady_now() const override { return std::chrono::steady_clock::now(); }
};

/// Whole milliseconds since the epoch, rounded down; the unit of Prometheus' wire formats.
constexpr std::int64_t to_unix_ms(Timestamp time) {
  return std::chrono::floor<std::chrono::milliseconds>(time).time_since_epoch().count();
}
constexpr Timestamp from_unix_ms(std::int64_t ms) {
  return Timestamp(std::chrono::milliseconds(ms));
}

}  // namespace agent
