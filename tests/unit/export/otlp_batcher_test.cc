#include "agent/export/otlp_batcher.h"

#include <gtest/gtest.h>

#include "tests/support/fake_clock.h"
#include "tests/support/otlp_bytes.h"
#include "tests/support/run_until.h"

namespace agent::exporter {
namespace {

using namespace std::chrono_literals;
using model::Push;
using testing::request;
using testing::span;
using testing::span_id;
using testing::trace_id;

// A request with `count` spans of about 30 bytes each.
model::SpanBatch batch_of(std::uint32_t count, std::uint8_t mark = 1) {
  const std::vector<std::string> spans(count, span(trace_id(mark), span_id(mark)));
  return {request(spans), count};
}

class OtlpBatcherTest : public ::testing::Test {
 protected:
  void make(model::OtlpBatchConfig config) {
    batcher_ = std::make_unique<OtlpBatcher>(loop_, clock_, config, model::OtlpCompression::None,
                                             [this](queue::Block&& block) {
                                               if (room_ == 0) return Push::Full;
                                               --room_;
                                               blocks_.push_back(std::move(block));
                                               return Push::Taken;
                                             });
  }
  std::uint64_t sent() const {
    std::uint64_t sum = 0;
    for (const auto& block : blocks_)
      sum += block.records;
    return sum;
  }

  loop::EventLoop loop_;
  testing::FakeClock clock_;
  int room_ = 1000;
  std::vector<queue::Block> blocks_;
  std::unique_ptr<OtlpBatcher> batcher_;
};

TEST_F(OtlpBatcherTest, JoinsRequestsUntilTheBatchIsLarge) {
  make({1h, 5, 8, 1U << 20U});
  EXPECT_EQ(batcher_->push(batch_of(2, 1)), Push::Taken);
  clock_.advance(1s);
  EXPECT_EQ(batcher_->push(batch_of(2, 2)), Push::Taken);
  EXPECT_TRUE(blocks_.empty());
  EXPECT_EQ(batcher_->held_records(), 4U);
  EXPECT_EQ(batcher_->push(batch_of(1, 3)), Push::Taken);
  ASSERT_EQ(blocks_.size(), 1U);
  EXPECT_EQ(blocks_[0].records, 5U);
  EXPECT_EQ(*blocks_[0].payload, batch_of(2, 1).otlp + batch_of(2, 2).otlp + batch_of(1, 3).otlp);
  EXPECT_EQ(blocks_[0].oldest, clock_.wall_now() - 1s);
  EXPECT_EQ(batcher_->held_records(), 0U);
}

TEST_F(OtlpBatcherTest, SendsAfterTheTimeout) {
  make({1ms, 100, 100, 1U << 20U});
  batcher_->push(batch_of(1));
  EXPECT_TRUE(blocks_.empty());
  EXPECT_TRUE(testing::run_until(loop_, [&] { return sent() == 1; }));
  batcher_->push(batch_of(2));
  EXPECT_TRUE(testing::run_until(loop_, [&] { return sent() == 3; }));
}

TEST_F(OtlpBatcherTest, TimeoutZeroSendsAtOnce) {
  make({0s, 100, 100, 1U << 20U});
  batcher_->push(batch_of(1));
  EXPECT_EQ(sent(), 1U);
}

TEST_F(OtlpBatcherTest, ABatchThatWouldGetTooLargeIsSentBefore) {
  make({1h, 5, 6, 1U << 20U});
  batcher_->push(batch_of(4, 1));
  batcher_->push(batch_of(3, 2));
  ASSERT_EQ(blocks_.size(), 1U);
  EXPECT_EQ(*blocks_[0].payload, batch_of(4, 1).otlp);
  EXPECT_EQ(batcher_->held_records(), 3U);
}

TEST_F(OtlpBatcherTest, CutsByBytes) {
  const auto one = batch_of(1);
  make({1h, 100, 100, one.otlp.size() * 2});
  batcher_->push(batch_of(1));
  EXPECT_TRUE(blocks_.empty());
  batcher_->push(batch_of(1));
  EXPECT_EQ(blocks_.size(), 1U);  // exactly full
  batcher_->push(batch_of(1));
  batcher_->push(batch_of(10));
  for (const auto& block : blocks_)
    EXPECT_LE(block.payload->size(), one.otlp.size() * 2);
  EXPECT_TRUE(batcher_->flush());
  EXPECT_EQ(sent(), 13U);
}

TEST_F(OtlpBatcherTest, ALargeRequestIsCut) {
  make({1h, 4, 4, 1U << 20U});
  batcher_->push(batch_of(1, 9));
  batcher_->push(batch_of(10));
  ASSERT_EQ(blocks_.size(), 4U);
  EXPECT_EQ(*blocks_[0].payload, batch_of(1, 9).otlp);
  EXPECT_EQ(blocks_[1].records, 4U);
  EXPECT_EQ(*blocks_[1].payload, batch_of(4).otlp);
  EXPECT_EQ(blocks_[3].records, 2U);
  EXPECT_EQ(batcher_->held_records(), 0U);
}

TEST_F(OtlpBatcherTest, FullLeavesTheBatchUntouched) {
  make({1h, 2, 4, 1U << 20U});
  room_ = 0;
  EXPECT_EQ(batcher_->push(batch_of(2)), Push::Taken);  // waits here
  EXPECT_EQ(batcher_->held_records(), 2U);
  auto refused = batch_of(1, 5);
  const std::string before = refused.otlp;
  EXPECT_EQ(batcher_->push(std::move(refused)), Push::Full);
  EXPECT_EQ(refused.otlp, before);  // NOLINT(bugprone-use-after-move): Full leaves it untouched
  EXPECT_FALSE(batcher_->flush());
  room_ = 1;
  EXPECT_EQ(batcher_->push(std::move(refused)), Push::Taken);
  EXPECT_EQ(sent(), 2U);
  EXPECT_EQ(batcher_->held_records(), 1U);
}

TEST_F(OtlpBatcherTest, ALargeRequestWaitsForRoomPieceByPiece) {
  make({1h, 3, 3, 1U << 20U});
  room_ = 1;
  EXPECT_EQ(batcher_->push(batch_of(8)), Push::Taken);
  EXPECT_EQ(sent(), 3U);
  EXPECT_EQ(batcher_->held_records(), 5U);
  room_ = 1;
  EXPECT_EQ(batcher_->push(batch_of(1)), Push::Full);
  EXPECT_EQ(sent() + batcher_->held_records(), 8U);
  room_ = 1;
  EXPECT_TRUE(batcher_->flush());
  EXPECT_EQ(sent(), 8U);
}

TEST_F(OtlpBatcherTest, AFullPendingBatchRefusesALargeOne) {
  make({1h, 3, 3, 1U << 20U});
  batcher_->push(batch_of(2));
  room_ = 0;
  EXPECT_EQ(batcher_->push(batch_of(9)), Push::Full);
  EXPECT_EQ(batcher_->held_records(), 2U);
}

TEST_F(OtlpBatcherTest, AsksAgainByItself) {
  make({1ms, 2, 2, 1U << 20U});
  room_ = 0;
  batcher_->push(batch_of(2));
  loop_.run_for(5ms);
  EXPECT_EQ(batcher_->held_records(), 2U);
  room_ = 1;
  EXPECT_TRUE(testing::run_until(loop_, [&] { return sent() == 2; }));
}

}  // namespace
}  // namespace agent::exporter
