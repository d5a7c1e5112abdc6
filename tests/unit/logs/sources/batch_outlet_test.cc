#include "agent/logs/sources/batch_outlet.h"

#include <gtest/gtest.h>

#include "tests/support/run_until.h"

namespace agent::logs {
namespace {

class Gate final : public model::Sink<model::LogBatch> {
 public:
  model::Push push(model::LogBatch&& batch) override {
    if (full) return model::Push::Full;
    const model::LogBatch mine = std::move(batch);
    taken += mine.entries.size();
    return model::Push::Taken;
  }
  bool full = false;
  std::size_t taken = 0;
};

class BatchOutletTest : public ::testing::Test {
 protected:
  void add_entry() { outlet_.batch().entries.emplace_back(); }
  loop::EventLoop loop_;
  Gate gate_;
  selfmon::Counter count_;
  BatchOutlet outlet_{gate_, loop_, count_};
};

TEST_F(BatchOutletTest, HandsOnWhatFits) {
  add_entry();
  EXPECT_TRUE(outlet_.push([] { FAIL() << "nothing waited"; }));
  EXPECT_EQ(gate_.taken, 1U);
  EXPECT_EQ(count_.value(), 1U);
  EXPECT_TRUE(outlet_.batch().entries.empty());
}

TEST_F(BatchOutletTest, KeepsWhatFindsNoRoomAndTellsWhenItIsTaken) {
  gate_.full = true;
  add_entry();
  int told = 0;
  EXPECT_FALSE(outlet_.push([&] { ++told; }));
  EXPECT_TRUE(outlet_.stalled());
  EXPECT_EQ(count_.value(), 0U);
  gate_.full = false;
  EXPECT_TRUE(testing::run_until(loop_, [&] { return told == 1; }));
  EXPECT_FALSE(outlet_.stalled());
  EXPECT_EQ(gate_.taken, 1U);
  EXPECT_EQ(count_.value(), 1U);
}

TEST_F(BatchOutletTest, OffersWhatWaitsAtOnce) {
  EXPECT_FALSE(outlet_.offer_again()) << "nothing waits";
  gate_.full = true;
  add_entry();
  int told = 0;
  outlet_.push([&] { ++told; });
  EXPECT_FALSE(outlet_.offer_again());
  gate_.full = false;
  EXPECT_TRUE(outlet_.offer_again());
  EXPECT_EQ(told, 1);
  EXPECT_EQ(gate_.taken, 1U);
  EXPECT_EQ(count_.value(), 1U);
  loop_.run_for(std::chrono::milliseconds(100));
  EXPECT_EQ(gate_.taken, 1U) << "once";
}

TEST_F(BatchOutletTest, RefusesWhatFindsNoRoom) {
  gate_.full = true;
  add_entry();
  add_entry();
  EXPECT_EQ(outlet_.push_or_refuse(), 2U);
  EXPECT_FALSE(outlet_.stalled());
  EXPECT_TRUE(outlet_.batch().entries.empty());
  gate_.full = false;
  add_entry();
  EXPECT_EQ(outlet_.push_or_refuse(), 0U);
  EXPECT_EQ(count_.value(), 1U);
}

}  // namespace
}  // namespace agent::logs
