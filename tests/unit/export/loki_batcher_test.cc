#include "agent/export/loki_batcher.h"

#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "agent/codec/compression.h"
#include "agent/codec/loki_push.h"
#include "agent/export/loki_transport.h"

#include "tests/support/run_until.h"

namespace agent::exporter {
namespace {

using namespace std::chrono_literals;

class LokiBatcherTest : public ::testing::Test {
 protected:
  void make() {
    batcher_ = std::make_unique<LokiBatcher>(
        config_, LokiBatcher::Environment{loop_, receipts_, account_, {scope_, "http://loki", ""}},
        [this](queue::Block&& block) {
          if (full_ || full_for_ == block.tenant) return model::Push::Full;
          blocks_.push_back(std::move(block));
          return model::Push::Taken;
        });
  }
  // One batch of lines with these labels.
  model::Push push(const model::LabelSet& labels, const std::vector<std::string>& lines,
                   model::ReceiptId receipt = 0) {
    if (!batcher_) make();
    model::LogBatch batch;
    for (const auto& line : lines)
      batch.entries.push_back(
          {Timestamp(5s), batch.arena.copy(line), table_.intern(labels), {}, receipt});
    return batcher_->push(batch);
  }
  // "TENANT {labels}: entries; ..." of each block.
  std::vector<std::string> sent() {
    std::vector<std::string> out;
    for (const auto& block : blocks_) {
      const auto request = codec::snappy_uncompress(*block.payload, 1 << 24);
      std::string text = block.tenant;
      const auto streams = codec::walk_loki_push(*request);
      for (const auto& stream : *streams)
        text += " " + std::string(stream.labels) + ":" + std::to_string(stream.entries.size());
      out.push_back(text);
    }
    blocks_.clear();
    return out;
  }
  std::uint64_t dropped(const char* reason) { return account_.dropped().reason(reason).value(); }
  using Texts = std::vector<std::string>;

  loop::EventLoop loop_;
  selfmon::Scope scope_;
  model::ReceiptBook receipts_;
  selfmon::Account account_{scope_};
  model::LabelTable table_;
  LokiBatcher::Config config_;
  std::unique_ptr<LokiBatcher> batcher_;
  std::vector<queue::Block> blocks_;
  bool full_ = false;
  std::optional<std::string> full_for_;  // a tenant
};

TEST_F(LokiBatcherTest, GroupsByStreamAndTenant) {
  config_.tenant_id = "own";
  push({{"a", "1"}}, {"x", "y"});
  push({{"a", "2"}}, {"z"});
  push({{"a", "1"}}, {"w"});
  push({{"a", "1"}, {"__tenant_id__", "other"}}, {"v"});
  EXPECT_EQ(sent(), Texts{});
  EXPECT_EQ(batcher_->held_records(), 5U);
  batcher_->flush();
  EXPECT_EQ(sent(), (Texts{"other {a=\"1\"}:1", "own {a=\"1\"}:3 {a=\"2\"}:1"}));
  EXPECT_EQ(batcher_->held_records(), 0U);
}

TEST_F(LokiBatcherTest, SendsBeforeTheBatchGrowsOverItsSize) {
  config_.batchsize_bytes = 10;
  push({{"a", "1"}}, {"12345", "67890"});
  EXPECT_EQ(sent(), Texts{});  // at the limit
  push({{"a", "1"}}, {"x"});
  EXPECT_EQ(sent(), Texts{" {a=\"1\"}:2"});
  push({{"a", "1"}}, {"larger than the batch"});
  EXPECT_EQ(sent(), Texts{" {a=\"1\"}:1"});
  push({{"a", "1"}}, {""});
  EXPECT_EQ(sent(), Texts{" {a=\"1\"}:1"});  // alone
}

TEST_F(LokiBatcherTest, ARequestStaysBelowFourMebibytes) {
  const struct {
    const char* name;
    std::size_t streams, lines, line_bytes, label_bytes;
  } cases[] = {
      {"short lines", 1, 600000, 1, 1},
      {"long lines", 1, 20, 1 << 20U, 1},
      {"many streams", 3000, 2, 10, 2000},
  };
  config_.batchsize_bytes = 1ULL << 30U;
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    const std::vector<std::string> lines(c.lines, std::string(c.line_bytes, 'x'));
    for (std::size_t i = 0; i < c.streams; ++i)
      push({{"a", std::to_string(i) + std::string(c.label_bytes, 'y')}}, lines);
    batcher_->flush();
    EXPECT_GT(blocks_.size(), 1U);
    std::size_t records = 0;
    for (const auto& block : blocks_) {
      const auto request = codec::snappy_uncompress(*block.payload, 1 << 24);
      EXPECT_LE(request->size(), 4U << 20U);
      records += block.records;
    }
    EXPECT_EQ(records, c.streams * c.lines);
    // Cut for no other reason: all but the last are nearly full.
    EXPECT_GT(codec::snappy_uncompress(*blocks_[0].payload, 1 << 24)->size(), 2U << 20U);
    blocks_.clear();
  }
}

TEST_F(LokiBatcherTest, SendsWhatIsOldEnough) {
  config_.batchwait = 1ms;
  push({{"a", "1"}}, {"x"});
  EXPECT_TRUE(agent::testing::run_until(loop_, [&] { return !blocks_.empty(); }));
  EXPECT_EQ(sent(), Texts{" {a=\"1\"}:1"});
}

TEST_F(LokiBatcherTest, ExternalLabelsYieldToTheEntrysOwn) {
  config_.external_labels = {{"a", "external"}, {"site", "brno"}};
  push({{"a", "1"}}, {"x"});
  push({}, {"y"});
  batcher_->flush();
  EXPECT_EQ(sent(), Texts{R"( {a="1", site="brno"}:1 {a="external", site="brno"}:1)"});
}

TEST_F(LokiBatcherTest, DropsWhatItMayNotSend) {
  config_.max_streams = 1;
  config_.max_line_size_bytes = 5;
  const auto id = receipts_.open(4, nullptr);
  push({{"a", "1"}}, {"12345", "123456"}, id);
  push({{"a", "2"}}, {"x"}, id);
  batcher_->flush();
  push({{"__tenant_id__", "t"}}, {"y"}, id);
  batcher_->flush();
  EXPECT_EQ(sent(), Texts{" {a=\"1\"}:1"});
  EXPECT_EQ(dropped("limit_line_size"), 1U);
  EXPECT_EQ(dropped("limit_series"), 1U);
  EXPECT_EQ(dropped("no_labels"), 1U);
  EXPECT_EQ(receipts_.open_receipts(), 1U);  // the sent one is still open
  receipts_.settle(id);
  EXPECT_EQ(receipts_.open_receipts(), 0U);
}

TEST_F(LokiBatcherTest, CutsLinesBetweenCharacters) {
  const struct {
    const char* name;
    std::string line, cut;
  } cases[] = {
      {"at the limit", "12345", "12345"},
      {"past the limit", "123456", "12345"},
      {"two bytes over the cut", "1234\xc3\xa9", "1234"},
      {"two bytes before the cut",
       "123\xc3\xa9"
       "5",
       "123\xc3\xa9"},
      {"four bytes over the cut", "12\xf0\x9f\x98\x80", "12"},
      {"four bytes before the cut",
       "1\xf0\x9f\x98\x80"
       "2",
       "1\xf0\x9f\x98\x80"},
      {"continuation bytes alone stay", "\x80\x80\x80\x80\x80\x80", "\x80\x80\x80\x80\x80"},
  };
  config_.max_line_size_bytes = 5;
  config_.max_line_size_truncate = true;
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    push({{"a", "1"}}, {c.line});
    batcher_->flush();
    const auto request = codec::snappy_uncompress(*blocks_.at(0).payload, 1 << 20);
    blocks_.clear();
    std::string expected;
    codec::append_loki_entry(expected, Timestamp(5s), c.cut, {});
    EXPECT_TRUE(request->ends_with(expected));
  }
  EXPECT_EQ(
      scope_.counter("loki_mutated_entries_total", {{"host", "loki"}, {"reason", "line_too_long"}})
          .value(),
      6U);
}

TEST_F(LokiBatcherTest, FullLeavesEverythingUntouched) {
  config_.batchsize_bytes = 4;
  full_ = true;
  EXPECT_EQ(push({{"a", "1"}}, {"1234", "5678", "9"}), model::Push::Taken);
  EXPECT_EQ(batcher_->held_records(), 3U);
  EXPECT_EQ(push({{"a", "1"}}, {"refused"}), model::Push::Full);
  batcher_->flush();
  EXPECT_EQ(batcher_->held_records(), 3U);
  full_ = false;
  EXPECT_EQ(push({{"a", "1"}}, {"later"}), model::Push::Taken);
  batcher_->flush();
  EXPECT_EQ(sent(), (Texts{" {a=\"1\"}:1", " {a=\"1\"}:1", " {a=\"1\"}:1", " {a=\"1\"}:1"}));
  EXPECT_EQ(batcher_->held_records(), 0U);
}

TEST_F(LokiBatcherTest, FullIsOnlyTheTenantThatWaits) {
  config_.batchsize_bytes = 4;
  config_.tenant_id = "own";
  full_for_ = "slow";
  const model::LabelSet slow{{"a", "1"}, {"__tenant_id__", "slow"}};
  EXPECT_EQ(push(slow, {"1234", "5678"}), model::Push::Taken);
  EXPECT_EQ(push(slow, {"refused"}), model::Push::Full);
  EXPECT_EQ(push({{"a", "2"}}, {"1234", "5678"}), model::Push::Taken);
  EXPECT_EQ(push({{"a", "3"}, {"__tenant_id__", "other"}}, {"1234", "5678"}), model::Push::Taken);
  batcher_->flush();
  EXPECT_EQ(sent(), (Texts{"own {a=\"2\"}:1", "other {a=\"3\"}:1", "other {a=\"3\"}:1",
                           "own {a=\"2\"}:1"}));
  EXPECT_EQ(batcher_->held_records(), 2U);
  full_for_.reset();
  EXPECT_EQ(push(slow, {"9"}), model::Push::Taken);
  batcher_->flush();
  EXPECT_EQ(sent(), (Texts{"slow {a=\"1\"}:1", "slow {a=\"1\"}:1", "slow {a=\"1\"}:1"}));
}

TEST_F(LokiBatcherTest, BlocksCarryTheirReceipts) {
  const auto first = receipts_.open(2, nullptr);
  const auto second = receipts_.open(1, nullptr);
  push({{"a", "1"}}, {"x", "y"}, first);
  push({{"a", "1"}}, {"z"}, second);
  batcher_->flush();
  ASSERT_EQ(blocks_.size(), 1U);
  ASSERT_EQ(blocks_[0].receipts.size(), 2U);
  EXPECT_EQ(blocks_[0].receipts[0].id, first);
  EXPECT_EQ(blocks_[0].receipts[0].records, 2U);
  EXPECT_EQ(blocks_[0].records, 3U);
  EXPECT_EQ(blocks_[0].oldest, Timestamp(5s));
}

TEST_F(LokiBatcherTest, ABlockThatIsTooLargeIsHalved) {
  const auto receipt = receipts_.open(3, nullptr);
  push({{"a", "1"}, {"__tenant_id__", "t"}}, {"x", "y"}, receipt);
  push({{"a", "2"}, {"__tenant_id__", "t"}}, {"z"}, receipt);
  batcher_->flush();
  const SystemClock clock;
  LokiTransport transport({}, nullptr, {clock, {scope_, "http://loki", ""}});
  auto halves = transport.halve(blocks_.at(0));
  ASSERT_EQ(halves.size(), 2U);
  EXPECT_EQ(halves[0].records, 2U);
  EXPECT_TRUE(halves[0].receipts.empty());  // nothing is delivered before the second half is
  EXPECT_EQ(halves[1].receipts.at(0).records, 3U);
  auto quarter = transport.halve(halves[1]);
  EXPECT_TRUE(quarter.empty());  // one entry cannot be halved
  blocks_ = std::move(halves);
  EXPECT_EQ(sent(), (Texts{"t {a=\"1\"}:2", "t {a=\"2\"}:1"}));
  queue::Block garbage;
  garbage.payload = std::make_shared<const std::string>("garbage");
  EXPECT_TRUE(transport.halve(garbage).empty());
}

}  // namespace
}  // namespace agent::exporter
