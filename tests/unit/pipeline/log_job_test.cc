#include "agent/pipeline/log_job.h"

#include <gtest/gtest.h>

#include "tests/support/run_until.h"

namespace agent::pipeline {
namespace {

using namespace std::chrono_literals;
using model::Push;

// Holds back one entry that has been due for long.
class DueStages final : public logs::Pipeline {
 public:
  void set_observer(Observer* /*observer*/) override {}
  void process(model::LogBatch& /*batch*/, Timestamp /*now*/) override {}
  void release_due(model::LogBatch& batch, Timestamp /*now*/) override {
    if (held_ > 0) batch.entries.push_back({});
    held_ = 0;
  }
  void flush(model::LogBatch& batch, Timestamp now) override { release_due(batch, now); }
  std::size_t held_records() const override { return held_; }
  std::optional<Timestamp> next_deadline() const override {
    return held_ > 0 ? std::optional(Timestamp(1s)) : std::nullopt;
  }

 private:
  std::size_t held_ = 1;
};

class Outlet final : public LogOutlet {
 public:
  Push push(const model::LogBatch& batch) override {
    ++asked;
    if (full) return Push::Full;
    taken += batch.entries.size();
    return Push::Taken;
  }
  bool full = true;
  int asked = 0;
  std::size_t taken = 0;
};

TEST(LogJob, WhatIsDueWaitsForRoomAndNotInAHurry) {
  loop::EventLoop loop;
  const SystemClock clock;
  Outlet outlet;
  LogJob job(std::make_unique<DueStages>(), outlet, loop, clock);
  model::LogBatch batch;
  batch.entries.resize(2);
  EXPECT_EQ(job.push(std::move(batch)), Push::Taken);
  EXPECT_EQ(job.held_records(), 3U);
  model::LogBatch more;
  more.entries.resize(1);
  EXPECT_EQ(job.push(std::move(more)), Push::Full);
  loop.run_for(150ms);
  EXPECT_LT(outlet.asked, 6) << "ten times a second, not as fast as it goes";
  outlet.full = false;
  EXPECT_TRUE(testing::run_until(loop, [&] { return outlet.taken == 3; }));
  EXPECT_EQ(job.held_records(), 0U);
}

}  // namespace
}  // namespace agent::pipeline
