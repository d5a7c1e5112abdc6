#include "agent/scrape/ticks.h"

#include <gtest/gtest.h>

namespace agent::scrape {
namespace {

using std::chrono_literals::operator""s;
using std::chrono_literals::operator""ms;

Timestamp at(Duration since_epoch) { return Timestamp(since_epoch); }

TEST(Ticks, AreCountedFromTheEpochAndDoNotDrift) {
  const Ticks ticks(10s, 3'000'000'000);
  EXPECT_EQ(ticks.next_after(at(100s)), at(103s));
  EXPECT_EQ(ticks.next_after(at(103s)), at(113s));
  EXPECT_EQ(ticks.next_after(at(104500ms)), at(113s));
  EXPECT_EQ(ticks.next_after(at(139s)), at(143s)) << "a long scrape skips ticks";
}

TEST(Ticks, AClockThatIsSetBackBringsNoTickTwice) {
  const Ticks ticks(10s, 0);
  EXPECT_EQ(ticks.next_after(at(99s)), at(110s)) << "at a tenth before it";
  EXPECT_EQ(ticks.next_after(at(99s - Duration(1))), at(100s)) << "just past a tenth";
}

TEST(Ticks, TimestampsNextToATickAreSetToIt) {
  const Duration past(1);
  const struct {
    Duration interval, now, aligned;
  } cases[] = {
      {10s, 100s + 2ms, 100s},   {10s, 100s + 2ms + past, 100s + 2ms + past},
      {10s, 100s - 2ms, 100s},   {10s, 100s - 2ms - past, 100s - 2ms - past},
      {100ms, 100s + 1ms, 100s}, {100ms, 100s + 1ms + past, 100s + 1ms + past},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.now.count());
    EXPECT_EQ(Ticks(c.interval, 0).aligned(at(c.now)), at(c.aligned));
  }
}

TEST(Ticks, TheSeedPicksAPhaseWithinTheInterval) {
  for (const std::uint64_t seed : {0ULL, 1ULL, ~0ULL, 1ULL << 63U}) {
    const Ticks ticks(7s, seed);
    const Timestamp next = ticks.next_after(at(1000s));
    EXPECT_GT(next, at(1000s));
    EXPECT_LE(next, at(1000s + 7s + 700ms));
    EXPECT_EQ(ticks.next_after(next), next + 7s);
  }
}

}  // namespace
}  // namespace agent::scrape
