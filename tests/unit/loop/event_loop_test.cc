#include "agent/loop/event_loop.h"

#include <optional>
#include <thread>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "agent/base/unique_fd.h"
#include "agent/loop/poll.h"

namespace agent::loop {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;

TEST(Timer, FiresInOrderAndNeverBeforeTheCallReturned) {
  EventLoop loop;
  std::vector<int> order;
  const Timer late = loop.after(5ms, [&] { order.push_back(2); });
  const Timer soon = loop.after(0ms, [&] { order.push_back(1); });
  EXPECT_TRUE(order.empty());
  const Timer end = loop.after(10ms, [&] { loop.stop(); });
  loop.run();
  EXPECT_THAT(order, ElementsAre(1, 2));
  EXPECT_TRUE(late.armed());
}

TEST(Timer, DestroyingItCancels) {
  EventLoop loop;
  bool fired = false;
  {
    const Timer timer = loop.after(0ms, [&] { fired = true; });
  }
  Timer assigned = loop.after(0ms, [&] { fired = true; });
  assigned = Timer();
  EXPECT_FALSE(assigned.armed());
  Timer stopped = loop.after(0ms, [&] { fired = true; });
  stopped.stop();
  stopped.stop();
  loop.run_for(5ms);
  EXPECT_FALSE(fired);
}

TEST(Timer, MovingItKeepsItRunning) {
  EventLoop loop;
  int fired = 0;
  Timer first = loop.after(0ms, [&] { ++fired; });
  Timer second = std::move(first);
  EXPECT_FALSE(first.armed());  // NOLINT(bugprone-use-after-move): what is left behind is the point
  EXPECT_TRUE(second.armed());
  loop.run_for(5ms);
  EXPECT_EQ(fired, 1);
}

TEST(Timer, CallbackMayDestroyItsOwner) {
  struct Owner {
    Timer timer;
    std::vector<int> data = std::vector<int>(100, 7);
  };
  EventLoop loop;
  for (const bool repeating : {false, true}) {
    SCOPED_TRACE(repeating);
    auto owner = std::make_unique<Owner>();
    int seen = 0;
    // The callable holds what it captured until it returns, even when its timer is gone.
    const auto token = std::make_shared<int>(3);
    const auto callback = [&owner, &seen, held = token] {
      owner.reset();
      seen += *held;
    };
    owner->timer = repeating ? loop.every(1ms, callback) : loop.after(1ms, callback);
    loop.run_for(10ms);
    EXPECT_EQ(seen, 3);
    EXPECT_EQ(owner, nullptr);
  }
}

TEST(Timer, RepeatsWithOneAndTheSameCallable) {
  EventLoop loop;
  std::vector<int> counts;
  Timer timer;
  // The state of the callable itself must survive from call to call.
  timer = loop.every(1ms, [&, count = 0]() mutable {
    counts.push_back(++count);
    if (count == 3) loop.stop();
  });
  loop.run();
  EXPECT_THAT(counts, ElementsAre(1, 2, 3));
}

TEST(Timer, OneShotLetsGoOfItsCallableOnceItRan) {
  EventLoop loop;
  const auto token = std::make_shared<int>(1);
  const Timer timer = loop.after(0ms, [held = token] { static_cast<void>(held); });
  EXPECT_EQ(token.use_count(), 2);
  loop.run_for(5ms);
  EXPECT_EQ(token.use_count(), 1);
}

TEST(Timer, StartingItselfAgainWithoutADelayStarvesNobody) {
  EventLoop loop;
  Timer timer;
  std::function<void()> again = [&] { timer = loop.after(Duration::zero(), again); };
  again();
  bool ran = false;
  const Timer late = loop.after(3ms, [&] { loop.post([&] { ran = true; }); });
  for (int i = 0; i < 1000 && !ran; ++i)
    loop.run_for(1ms);
  EXPECT_TRUE(ran);
  again = nullptr;
}

TEST(EventLoop, PostedTasksRunInOrderFromAnyThread) {
  EventLoop loop;
  std::vector<int> order;
  loop.post([&] { order.push_back(0); });
  std::thread other([&] {
    for (int i = 1; i <= 100; ++i)
      loop.post([&order, i] { order.push_back(i); });
    loop.stop();
  });
  loop.run();
  other.join();
  // stop() may overtake nothing: what was posted before it has run.
  ASSERT_EQ(order.size(), 101U);
  EXPECT_TRUE(std::is_sorted(order.begin(), order.end()));
}

TEST(EventLoop, ATaskMayPostAnother) {
  EventLoop loop;
  std::vector<int> order;
  loop.post([&] {
    loop.post([&] {
      order.push_back(2);
      loop.stop();
    });
    order.push_back(1);
  });
  loop.run();
  EXPECT_THAT(order, ElementsAre(1, 2));
}

TEST(EventLoop, StopBeforeRunEndsTheFirstTurn) {
  EventLoop loop;
  loop.stop();
  loop.run();
  SUCCEED();
}

TEST(EventLoop, TasksThatNeverRanAreDestroyedAndMayOwnTimers) {
  const auto token = std::make_shared<int>(1);
  {
    EventLoop loop;
    auto timer = std::make_shared<Timer>(loop.after(1h, [] {}));
    loop.post([timer = std::move(timer), held = token] { FAIL() << "must not run"; });
  }
  EXPECT_EQ(token.use_count(), 1);
}

TEST(EventLoop, LongestTurnSeesPostedTasksAndNotTheWaiting) {
  EventLoop loop;
  loop.run_for(30ms);
  EXPECT_LT(loop.take_longest_turn(), 20ms);
  loop.post([] {
    const auto until = std::chrono::steady_clock::now() + 30ms;
    while (std::chrono::steady_clock::now() < until) {
    }
  });
  loop.run_for(5ms);
  loop.run_for(0ms);
  EXPECT_GE(loop.take_longest_turn(), 30ms);
  EXPECT_EQ(loop.take_longest_turn(), 0ms);
}

TEST(EventLoopDeathTest, AHandleThatOutlivesTheLoopIsOurBug) {
  EXPECT_DEATH(
      {
        auto loop = std::make_unique<EventLoop>();
        auto* leaked = new Timer(loop->after(1ms, [] {}));
        static_cast<void>(leaked);
        loop.reset();
        std::_Exit(0);
      },
      "internal error");
}

TEST(Poll, ReportsWhatIsReadyAndMayBeDestroyedInItsCallback) {
  int ends[2];
  ASSERT_EQ(::pipe(ends), 0);
  const UniqueFd reader(ends[0]);
  const UniqueFd writer(ends[1]);
  EventLoop loop;
  int calls = 0;
  std::optional<Poll> poll;
  const auto token = std::make_shared<int>(1);
  poll.emplace(loop, reader.get(), [&, held = token](Poll::Ready ready) {
    poll.reset();
    calls += *held;
    EXPECT_TRUE(ready.readable);
  });
  poll->watch({true, false});
  loop.run_for(2ms);
  EXPECT_EQ(calls, 0);
  ASSERT_EQ(::write(writer.get(), "x", 1), 1);
  loop.run_for(10ms);
  EXPECT_EQ(calls, 1);
  EXPECT_FALSE(poll);
}

TEST(Poll, PausesAndResumes) {
  int ends[2];
  ASSERT_EQ(::pipe(ends), 0);
  const UniqueFd reader(ends[0]);
  const UniqueFd writer(ends[1]);
  EventLoop loop;
  int calls = 0;
  Poll poll(loop, writer.get(), [&](Poll::Ready ready) {
    EXPECT_TRUE(ready.writable);
    ++calls;
    poll.watch({});
  });
  loop.run_for(2ms);
  EXPECT_EQ(calls, 0);
  poll.watch({false, true});
  loop.run_for(5ms);
  EXPECT_EQ(calls, 1);
  poll.watch({false, true});
  loop.run_for(5ms);
  EXPECT_EQ(calls, 2);
}

}  // namespace
}  // namespace agent::loop
