#include "agent/scrape/ticks.h"

#include <algorithm>

namespace agent::scrape {

Ticks::Ticks(Duration interval, std::uint64_t seed)
    : interval_(interval),
      phase_(static_cast<Duration::rep>(seed % static_cast<std::uint64_t>(interval.count()))) {}

Timestamp Ticks::at_or_before(Timestamp now) const {
  Duration over = (now.time_since_epoch() - phase_) % interval_;
  if (over < Duration::zero()) over += interval_;
  return now - over;
}

Timestamp Ticks::next_after(Timestamp now) const {
  return at_or_before(now + interval_ / 10) + interval_;
}

Timestamp Ticks::aligned(Timestamp now) const {
  const Duration tolerance = std::min<Duration>(interval_ / 100, std::chrono::milliseconds(2));
  const Timestamp before = at_or_before(now);
  if (now - before <= tolerance) return before;
  if (before + interval_ - now <= tolerance) return before + interval_;
  return now;
}

}  // namespace agent::scrape
