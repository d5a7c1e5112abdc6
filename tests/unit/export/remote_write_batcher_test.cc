#include "agent/export/remote_write_batcher.h"

#include <gtest/gtest.h>

#include "agent/codec/compression.h"

#include "tests/support/run_until.h"
#include "tests/unit/export/write_request.h"

namespace agent::exporter {
namespace {

using namespace std::chrono_literals;

constexpr std::int64_t kNowMs = 1'700'000'000'000;

class FixedClock final : public Clock {
 public:
  Timestamp wall_now() const override { return from_unix_ms(kNowMs); }
  SteadyTime steady_now() const override { return SteadyTime{}; }
};

class RemoteWriteBatcherTest : public ::testing::Test {
 protected:
  std::unique_ptr<RemoteWriteBatcher> make(const RemoteWriteConfig& config,
                                           const model::LabelSet& external = {}) {
    return std::make_unique<RemoteWriteBatcher>(
        config, external, RemoteWriteBatcher::Environment{loop_, clock_, account_},
        [this](queue::Block&& block) {
          if (full_) return model::Push::Full;
          blocks_.push_back(std::move(block));
          return model::Push::Taken;
        });
  }

  static model::Series series(std::uint64_t id, const model::LabelSet& labels) {
    return {id, model::PackedLabels(labels)};
  }
  static model::SampleBatch batch(const std::vector<const model::Series*>& series,
                                  std::int64_t timestamp_ms = kNowMs) {
    model::SampleBatch out;
    for (const auto* one : series)
      out.samples.push_back({one, timestamp_ms, static_cast<double>(one->id)});
    return out;
  }
  std::vector<SentSample> sent(std::size_t block) const {
    return read_request(*codec::snappy_uncompress(*blocks_.at(block).payload, 1U << 24U));
  }

  FixedClock clock_;
  loop::EventLoop loop_;
  selfmon::Account account_{selfmon::Scope{}};
  bool full_ = false;
  std::vector<queue::Block> blocks_;
  const model::Series a_ = series(1, {{"__name__", "a"}, {"job", "x"}});
  const model::Series b_ = series(2, {{"__name__", "b"}, {"region", "own"}});
  const model::Series c_ = series(3, {{"__name__", "c"}});
};

TEST_F(RemoteWriteBatcherTest, SendsAFullRequestAtOnce) {
  RemoteWriteConfig config;
  config.max_samples_per_send = 2;
  const auto batcher = make(config);
  EXPECT_EQ(batcher->push(batch({&a_, &b_, &c_})), model::Push::Taken);
  ASSERT_EQ(blocks_.size(), 1U);
  EXPECT_EQ(blocks_[0].records, 2U);
  EXPECT_EQ(blocks_[0].oldest, from_unix_ms(kNowMs));
  EXPECT_EQ(sent(0), (std::vector<SentSample>{{"__name__=a,job=x", 1, kNowMs},
                                              {"__name__=b,region=own", 2, kNowMs}}));
  EXPECT_EQ(batcher->held_records(), 1U);
  EXPECT_TRUE(batcher->flush());
  EXPECT_EQ(batcher->held_records(), 0U);
  EXPECT_EQ(blocks_.size(), 2U);
}

TEST_F(RemoteWriteBatcherTest, SendsWhatIsOldEnough) {
  RemoteWriteConfig config;
  config.batch_send_deadline = 10ms;
  const auto batcher = make(config);
  batcher->push(batch({&a_}, kNowMs));
  batcher->push(batch({&b_}, kNowMs - 5));
  EXPECT_TRUE(blocks_.empty());
  EXPECT_TRUE(testing::run_until(loop_, [&] { return !blocks_.empty(); }));
  EXPECT_EQ(blocks_[0].records, 2U);
  EXPECT_EQ(blocks_[0].oldest, from_unix_ms(kNowMs - 5));
}

TEST_F(RemoteWriteBatcherTest, AddsExternalLabelsBeforeTheRules) {
  RemoteWriteConfig config;
  model::RelabelRule drop;
  drop.action = model::RelabelAction::Drop;
  drop.source_labels = {"region", "__name__"};
  drop.regex = "eu;c";
  config.write_relabel_rules = {drop};
  const auto batcher = make(config, {{"region", "eu"}, {"job", "ext"}});
  batcher->push(batch({&a_, &b_, &c_}));
  batcher->push(batch({&c_}));
  batcher->flush();
  ASSERT_EQ(blocks_.size(), 1U);
  EXPECT_EQ(sent(0), (std::vector<SentSample>{{"__name__=a,job=x,region=eu", 1, kNowMs},
                                              {"__name__=b,job=ext,region=own", 2, kNowMs}}));
  EXPECT_EQ(account_.dropped().values().at("relabel_drop"), 2U);
}

TEST_F(RemoteWriteBatcherTest, ForgetsSeriesThatEndedBehindTheirLastSample) {
  const auto batcher = make({});
  batcher->push(batch({&a_, &b_}));
  EXPECT_EQ(batcher->known_series(), 2U);
  auto last = batch({&a_});
  last.samples[0].value = model::stale_nan();
  last.ended_series = {1, 99};
  batcher->push(std::move(last));
  EXPECT_EQ(batcher->known_series(), 1U);
  batcher->flush();
  EXPECT_TRUE(model::is_stale_nan(sent(0).back().value));
}

TEST_F(RemoteWriteBatcherTest, DropsSamplesAboveTheAgeLimit) {
  RemoteWriteConfig config;
  config.sample_age_limit = 60s;
  const auto batcher = make(config);
  batcher->push(batch({&a_}, kNowMs - 60'000));
  batcher->push(batch({&b_}, kNowMs - 60'001));
  EXPECT_EQ(batcher->held_records(), 1U);
  EXPECT_EQ(account_.dropped().values().at("too_old"), 1U);
}

TEST_F(RemoteWriteBatcherTest, HoldsItsBlocksWhileTheOutputIsFull) {
  RemoteWriteConfig config;
  config.max_samples_per_send = 1;
  const auto batcher = make(config);
  full_ = true;
  EXPECT_EQ(batcher->push(batch({&a_, &b_})), model::Push::Taken);
  EXPECT_EQ(batcher->held_records(), 2U);
  auto refused = batch({&c_});
  EXPECT_EQ(batcher->push(std::move(refused)), model::Push::Full);
  EXPECT_EQ(refused.samples.size(), 1U);  // NOLINT(bugprone-use-after-move): Full leaves it
  EXPECT_FALSE(batcher->flush());
  full_ = false;
  EXPECT_TRUE(testing::run_until(loop_, [&] { return blocks_.size() == 2; }));
  EXPECT_EQ(sent(0)[0].value, 1);
  EXPECT_EQ(sent(1)[0].value, 2);
  EXPECT_EQ(batcher->held_records(), 0U);
}

TEST_F(RemoteWriteBatcherTest, SealsARequestOfHugeLabelsEarly) {
  const auto batcher = make({});
  const auto huge = series(7, {{"__name__", "a"}, {"x", std::string(3U << 20U, 'x')}});
  batcher->push(batch({&huge, &huge, &a_}));
  ASSERT_EQ(blocks_.size(), 1U);
  EXPECT_EQ(blocks_[0].records, 2U);
}

}  // namespace
}  // namespace agent::exporter
