#include "agent/pipeline/line_rate.h"

#include <gtest/gtest.h>

namespace agent::pipeline {
namespace {

using namespace std::chrono_literals;

constexpr Timestamp kNow{1'700'000'000s};

class LineRateTest : public ::testing::Test {
 protected:
  static logs::LogsConfig::Limits limits(double rate, std::uint64_t burst, bool drop) {
    logs::LogsConfig::Limits out;
    out.readline_rate_enabled = true;
    out.readline_rate = rate;
    out.readline_burst = burst;
    out.readline_rate_drop = drop;
    return out;
  }
  // How many of `lines` new lines stay.
  std::size_t left_of(std::size_t lines, Timestamp now) {
    model::LogBatch batch;
    batch.entries.resize(lines);
    const auto receipt = receipts_.open(static_cast<std::uint32_t>(lines), [] {});
    for (auto& entry : batch.entries)
      entry.receipt = receipt;
    rate_.drop_excess(batch, now);
    receipts_.settle(receipt, static_cast<std::uint32_t>(batch.entries.size()));
    return batch.entries.size();
  }

  selfmon::Scope scope_;
  selfmon::Ledger ledger_{"logs", scope_};
  model::ReceiptBook receipts_;
  LineRate rate_{scope_, ledger_, receipts_};
};

TEST_F(LineRateTest, WithoutALimitAllPass) {
  EXPECT_EQ(left_of(1000, kNow), 1000U);
  auto off = limits(1, 1, true);
  off.readline_rate_enabled = false;
  rate_.configure(off, kNow);
  EXPECT_EQ(left_of(1000, kNow), 1000U);
  EXPECT_FALSE(rate_.makes_wait());
}

TEST_F(LineRateTest, DropsAndCountsWhatIsPastTheRate) {
  rate_.configure(limits(10, 5, true), kNow);
  EXPECT_FALSE(rate_.makes_wait());
  EXPECT_EQ(left_of(5, kNow), 5U);
  EXPECT_EQ(left_of(1, kNow), 0U);
  EXPECT_EQ(left_of(2, kNow + 100ms), 1U);
  EXPECT_EQ(left_of(9, kNow + 1h), 5U) << "no more than the burst is saved up";
  EXPECT_EQ(ledger_.dropped().values().at("limit_rate"), 6U);
  EXPECT_EQ(
      scope_.counter("logentry_dropped_lines_total", "reason", "global_rate_limiter_drop").value(),
      6U);
  EXPECT_EQ(receipts_.open_receipts(), 0U);
}

TEST_F(LineRateTest, AReloadOfTheSameLimitSavesNothingUp) {
  rate_.configure(limits(1, 2, true), kNow);
  EXPECT_EQ(left_of(2, kNow), 2U);
  auto same = limits(1, 2, true);
  same.max_streams = 9;
  rate_.configure(same, kNow);
  EXPECT_EQ(left_of(2, kNow), 0U);
  rate_.configure(limits(1, 3, true), kNow);
  EXPECT_EQ(left_of(4, kNow), 3U);
  rate_.configure({}, kNow);
  EXPECT_EQ(left_of(4, kNow), 4U);
}

TEST_F(LineRateTest, TheClockMayStepBack) {
  rate_.configure(limits(1, 1, true), kNow);
  EXPECT_EQ(left_of(1, kNow), 1U);
  EXPECT_EQ(left_of(1, kNow - 1h), 0U);
  EXPECT_EQ(left_of(1, kNow - 1h + 1s), 1U);
}

TEST_F(LineRateTest, TellsThoseThatWaitHowLong) {
  rate_.configure(limits(2, 3, false), kNow);
  ASSERT_TRUE(rate_.makes_wait());
  EXPECT_EQ(left_of(9, kNow), 9U) << "nothing is dropped";
  EXPECT_EQ(rate_.allowed(9, kNow), 3U);
  EXPECT_EQ(rate_.allowed(2, kNow), 2U);
  EXPECT_EQ(rate_.pause(kNow), 10ms);
  rate_.take(3);
  EXPECT_EQ(rate_.allowed(9, kNow), 0U);
  EXPECT_EQ(rate_.pause(kNow), 500ms);
  EXPECT_EQ(rate_.allowed(9, kNow + 500ms), 1U);
}

TEST_F(LineRateTest, ASmallBurstDoesNotCostRate) {
  rate_.configure(limits(10'000, 1, false), kNow);
  EXPECT_EQ(rate_.allowed(5000, kNow), 1000U) << "what comes in a tenth of a second";
}

TEST_F(LineRateTest, NobodyWaitsForEver) {
  rate_.configure(limits(0, 5, false), kNow);
  EXPECT_FALSE(rate_.makes_wait());
  rate_.configure(limits(5, 0, false), kNow);
  EXPECT_FALSE(rate_.makes_wait());
}

}  // namespace
}  // namespace agent::pipeline
