#include "agent/base/backoff.h"

#include <gtest/gtest.h>

namespace agent {
namespace {

using namespace std::chrono_literals;

TEST(Backoff, DrawsWithinTheDoublingBase) {
  const struct {
    const char* name;
    Jitter jitter;
    double low, high;  // of the step
  } cases[] = {{"full", Jitter::Full, 0, 1}, {"upward", Jitter::Upward, 1, 2}};
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    Random random(7);
    Backoff backoff({100ms, 800ms, 1ms, c.jitter}, random);
    for (const Duration step : {100ms, 200ms, 400ms, 800ms, 800ms}) {
      const Duration delay = backoff.next();
      EXPECT_GE(delay, std::max<Duration>(1ms, Duration(static_cast<std::int64_t>(
                                                   static_cast<double>(step.count()) * c.low))));
      EXPECT_LE(delay, std::min<Duration>(800ms, Duration(static_cast<std::int64_t>(
                                                     static_cast<double>(step.count()) * c.high))));
    }
    EXPECT_EQ(backoff.tries(), 5);
    backoff.reset();
    EXPECT_EQ(backoff.tries(), 0);
    EXPECT_LE(backoff.next(), 200ms);
  }
}

TEST(Backoff, NeverBelowTheFloor) {
  Random random(1);
  Backoff backoff({1ms, 30s, 50ms, Jitter::Full}, random);
  for (int i = 0; i < 5; ++i)
    EXPECT_GE(backoff.next(), 50ms);
}

TEST(Backoff, WaitsAtLeastWhatTheServerAskedAndAtMostTenPercentMore) {
  Random random(3);
  Backoff backoff({500ms, 30s, 50ms, Jitter::Full}, random);
  for (int i = 0; i < 20; ++i) {
    const Duration delay = backoff.next(120s);
    EXPECT_GE(delay, 120s);
    EXPECT_LE(delay, 132s);
  }
  EXPECT_GE(backoff.next(Duration::max()), Duration::max() / 2);
}

TEST(Random, FractionStaysBelowOne) {
  Random random(42);
  for (int i = 0; i < 1000; ++i) {
    const double fraction = random.fraction();
    EXPECT_GE(fraction, 0);
    EXPECT_LT(fraction, 1);
  }
}

}  // namespace
}  // namespace agent
