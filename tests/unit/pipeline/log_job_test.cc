#include "agent/pipeline/log_job.h"

#include <gtest/gtest.h>

#include "tests/support/fake_clock.h"
#include "tests/support/run_until.h"

namespace agent::pipeline {
namespace {

using namespace std::chrono_literals;
using model::Push;

// What a LineRate needs around it; no limit unless one is configured.
struct Rate {
  void limit(double rate, std::uint64_t burst, bool drop, Timestamp now) {
    logs::LogsConfig::Limits limits;
    limits.readline_rate_enabled = true;
    limits.readline_rate = rate;
    limits.readline_burst = burst;
    limits.readline_rate_drop = drop;
    lines.configure(limits, now);
  }
  selfmon::Scope scope;
  selfmon::Ledger ledger{"logs", scope};
  model::ReceiptBook receipts;
  LineRate lines{scope, ledger, receipts};
};

// Holds back nothing.
class NoStages final : public logs::Pipeline {
 public:
  void set_observer(Observer* /*observer*/) override {}
  void process(model::LogBatch& /*batch*/, Timestamp /*now*/) override {}
  void release_due(model::LogBatch& /*batch*/, Timestamp /*now*/) override {}
  void flush(model::LogBatch& /*batch*/, Timestamp /*now*/) override {}
  std::size_t held_records() const override { return 0; }
  std::optional<Timestamp> next_deadline() const override { return std::nullopt; }
};

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
    for (const auto& entry : batch.entries)
      lines += entry.line;
    return Push::Taken;
  }
  bool full = true;
  int asked = 0;
  std::size_t taken = 0;
  std::string lines;
};

model::LogBatch batch_of(std::string_view lines) {
  model::LogBatch batch;
  for (std::size_t i = 0; i < lines.size(); ++i) {
    batch.entries.emplace_back();
    batch.entries.back().line = batch.arena.copy(lines.substr(i, 1));
  }
  return batch;
}

TEST(LogJob, WhatIsDueWaitsForRoomAndNotInAHurry) {
  loop::EventLoop loop;
  const SystemClock clock;
  Outlet outlet;
  Rate rate;
  LogJob job(std::make_unique<DueStages>(), outlet, rate.lines, loop, clock);
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

TEST(LogJob, LinesPastTheRateWaitInTheirOrder) {
  loop::EventLoop loop;
  testing::FakeClock clock;
  Outlet outlet;
  outlet.full = false;
  Rate rate;
  rate.limit(100, 10, false, clock.wall_now());
  LogJob job(std::make_unique<NoStages>(), outlet, rate.lines, loop, clock);
  EXPECT_EQ(job.push(batch_of("abcdefghijklm")), Push::Taken);
  EXPECT_EQ(outlet.lines, "abcdefghij");
  EXPECT_EQ(job.held_records(), 3U);
  EXPECT_TRUE(job.waits());
  EXPECT_EQ(job.push(batch_of("x")), Push::Full);
  loop.run_for(30ms);
  EXPECT_EQ(outlet.lines, "abcdefghij") << "no time has passed";
  clock.advance(20ms);
  EXPECT_TRUE(testing::run_until(loop, [&] { return outlet.taken == 12; }));
  EXPECT_EQ(outlet.lines, "abcdefghijkl");
  clock.advance(10ms);
  EXPECT_TRUE(testing::run_until(loop, [&] { return job.held_records() == 0; }));
  EXPECT_EQ(outlet.lines, "abcdefghijklm");
  EXPECT_EQ(rate.ledger.dropped().values().size(), 0U);
}

TEST(LogJob, WithoutRoomNoLineCountsAgainstTheRate) {
  loop::EventLoop loop;
  testing::FakeClock clock;
  Outlet outlet;
  Rate rate;
  rate.limit(1, 3, false, clock.wall_now());
  LogJob job(std::make_unique<NoStages>(), outlet, rate.lines, loop, clock);
  EXPECT_EQ(job.push(batch_of("abcd")), Push::Taken);
  outlet.full = false;
  EXPECT_TRUE(testing::run_until(loop, [&] { return outlet.taken > 0; }));
  EXPECT_EQ(outlet.lines, "abc");
  job.flush();
  EXPECT_EQ(outlet.lines, "abcd") << "at the end nothing waits for the rate";
}

TEST(LogJob, LinesPastTheRateMayBeDropped) {
  loop::EventLoop loop;
  testing::FakeClock clock;
  Outlet outlet;
  outlet.full = false;
  Rate rate;
  rate.limit(1, 2, true, clock.wall_now());
  LogJob job(std::make_unique<NoStages>(), outlet, rate.lines, loop, clock);
  EXPECT_EQ(job.push(batch_of("abcd")), Push::Taken);
  EXPECT_EQ(outlet.lines, "ab");
  clock.advance(1s);
  EXPECT_EQ(job.push(batch_of("ef")), Push::Taken);
  EXPECT_EQ(outlet.lines, "abe");
  EXPECT_EQ(job.held_records(), 0U);
  EXPECT_EQ(rate.ledger.dropped().values().at("limit_rate"), 3U);
}

}  // namespace
}  // namespace agent::pipeline
