#include "agent/pipeline/outputs.h"

#include <deque>

#include <gtest/gtest.h>

#include "tests/support/run_until.h"

namespace agent::pipeline {
namespace {

using namespace std::chrono_literals;
using exporter::Destination;

// Delivers, in a later turn, what it is given once it is allowed to.
class Backend final : public exporter::Transport {
 public:
  Backend(loop::EventLoop& loop, const bool& answers) : loop_(loop), answers_(answers) {}
  std::unique_ptr<Try> send(Request /*request*/, Done done) override {
    struct Running final : Try {
      loop::Timer timer;
    };
    auto out = std::make_unique<Running>();
    out->timer = loop_.every(1ms, [this, running = out.get(), done = std::move(done)] {
      if (!answers_) return;
      running->timer.stop();
      exporter::Outcome outcome;
      outcome.kind = exporter::Outcome::Kind::Delivered;
      done(outcome);
    });
    return out;
  }
  std::vector<queue::Block> halve(const queue::Block& /*block*/) override { return {}; }

 private:
  loop::EventLoop& loop_;
  const bool& answers_;
};

// Blocks of one record each.
struct Batcher {
  std::deque<queue::Block> blocks;
  Destination* to = nullptr;
  std::uint64_t held_records() const { return blocks.size(); }
  void flush() {
    while (!blocks.empty() && to->push(std::move(blocks.front())) == model::Push::Taken)
      blocks.pop_front();
  }
};

class OutputsTest : public ::testing::Test {
 protected:
  // A key is the destination's name and what else is configured: "name other".
  void apply(const std::vector<std::string>& keys) {
    outputs_.apply(keys, 0, [&](std::size_t i) {
      Outputs<Batcher>::Output out;
      out.key = keys[i];
      Destination::Config config;
      config.name = keys[i].substr(0, keys[i].find(' '));
      config.max_bytes = 1;  // one block at a time
      out.destination = std::make_unique<Destination>(
          config, std::make_unique<Backend>(loop_, answers_), ledger_.destination(config.name),
          Destination::Environment{loop_, clock_, random_, log_, scope_, receipts_});
      out.batcher = std::make_unique<Batcher>();
      out.batcher->to = out.destination.get();
      return out;
    });
  }
  // A record comes in and goes to every live output.
  void record(bool is_read_again = true) {
    ledger_.in("test").add();
    for (auto& output : outputs_.live()) {
      queue::Block block;
      block.payload = std::make_shared<const std::string>("payload");
      block.records = 1;
      if (is_read_again) block.receipts = {{receipts_.open(1, nullptr), 1}};
      output.batcher->blocks.push_back(std::move(block));
      output.batcher->flush();
    }
  }
  std::map<std::string, model::LedgerEntry> ledger() const {
    model::PipelineStatus status;
    outputs_.add_status(status, 0);
    std::map<std::string, model::LedgerEntry> out;
    for (const auto& entry : status.ledger) {
      EXPECT_EQ(entry.balance(), 0) << entry.destination;
      EXPECT_TRUE(out.emplace(entry.destination, entry).second) << entry.destination;
    }
    return out;
  }

  bool answers_ = false;
  loop::EventLoop loop_;
  SystemClock clock_;
  Random random_{1};
  Logger log_{LogLevel::Error, LogFormat::Logfmt};
  selfmon::Scope scope_;
  selfmon::Ledger ledger_{"logs", scope_};
  model::ReceiptBook receipts_;
  Outputs<Batcher> outputs_{loop_, ledger_};
};

TEST_F(OutputsTest, TheLedgerBalancesWhileDestinationsComeChangeAndGo) {
  apply({"a 1"});
  record();
  record();
  apply({"a 1", "b 1"});
  EXPECT_EQ(ledger().at("b").missed, 2U);
  record();
  apply({"a 2", "b 1"});  // the old one goes on sending under the same name
  record();
  EXPECT_EQ(ledger().at("a").held, 4U);
  apply({"b 1"});
  record();
  EXPECT_EQ(ledger().at("a").held, 4U) << "shown until it is empty";
  EXPECT_EQ(ledger().at("a").missed, 1U);
  apply({"a 2", "b 1"});
  record();
  EXPECT_EQ(ledger().at("a").held, 5U);
  answers_ = true;
  bool drained = false;
  outputs_.drain(10s, [&] { drained = true; });
  EXPECT_TRUE(testing::run_until(loop_, [&] { return drained; }));
  EXPECT_EQ(ledger().at("a").delivered, 5U);
  EXPECT_EQ(ledger().at("b").delivered, 4U);
}

TEST_F(OutputsTest, DrainSendsWhatAFullQueueLeftWithTheBatcher) {
  apply({"a 1"});
  for (int i = 0; i < 5; ++i)
    record();
  answers_ = true;
  bool drained = false;
  outputs_.drain(10s, [&] { drained = true; });
  EXPECT_TRUE(testing::run_until(loop_, [&] { return drained; }));
  EXPECT_EQ(ledger().at("a").delivered, 5U);
  EXPECT_EQ(outputs_.abandon(), 0U);
  EXPECT_EQ(receipts_.open_receipts(), 0U);
}

TEST_F(OutputsTest, AbandonDropsWhatTheBatcherHoldsTooAndTellsWhatIsLost) {
  apply({"a 1"});
  for (int i = 0; i < 3; ++i)
    record();
  for (int i = 0; i < 4; ++i)
    record(false);
  EXPECT_EQ(outputs_.abandon(), 4U);
  EXPECT_EQ(ledger().at("a").dropped.at("shutdown"), 7U);
  EXPECT_EQ(receipts_.open_receipts(), 3U) << "the source reads them again";
}

}  // namespace
}  // namespace agent::pipeline
