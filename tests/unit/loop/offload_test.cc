#include "agent/loop/offload.h"

#include <future>
#include <thread>

#include <gtest/gtest.h>

#include "tests/support/run_until.h"

namespace agent::loop {
namespace {

TEST(Offload, WorksElsewhereAndAnswersHere) {
  EventLoop loop;
  std::thread::id worker, answered;
  Offload work(
      loop, [&] { worker = std::this_thread::get_id(); },
      [&] { answered = std::this_thread::get_id(); });
  EXPECT_TRUE(work.running());
  ASSERT_TRUE(agent::testing::run_until(loop, [&] { return !work.running(); }));
  EXPECT_EQ(answered, std::this_thread::get_id());
  EXPECT_NE(worker, answered);
}

TEST(Offload, CancelledWorkNeverAnswers) {
  EventLoop loop;
  std::promise<void> began, released;
  {
    const Offload work(
        loop,
        [&] {
          began.set_value();
          released.get_future().wait();
        },
        [] { FAIL() << "cancelled"; });
    began.get_future().wait();  // it has begun: the hard case
  }
  released.set_value();
  bool later = false;
  const Offload next(
      loop, [] {}, [&] { later = true; });
  EXPECT_TRUE(agent::testing::run_until(loop, [&] { return later; }));
}

}  // namespace
}  // namespace agent::loop
