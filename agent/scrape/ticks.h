#pragma once
// When a target is scraped. Pure. Spec: metrics.md 6.1.
#include <cstdint>

#include "agent/base/clock.h"

namespace agent::scrape {

/// The moments phase, phase + interval, ... counted from the epoch: they survive restarts and do
/// not drift.
class Ticks {
 public:
  /// `seed` picks the phase; `interval` is above zero.
  Ticks(Duration interval, std::uint64_t seed);
  /// The first tick after `now`. One that is due within a tenth of the interval counts as reached,
  /// so that a clock that is set back a little cannot bring a tick twice.
  Timestamp next_after(Timestamp now) const;
  /// `now`, or the tick next to it where that is within min(interval / 100, 2 ms).
  Timestamp aligned(Timestamp now) const;
  Duration interval() const { return interval_; }

 private:
  Timestamp at_or_before(Timestamp now) const;
  Duration interval_;
  Duration phase_;
};

}  // namespace agent::scrape
