#include "agent/export/destination.h"

#include <algorithm>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/run_until.h"

namespace agent::exporter {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

using Payloads = std::vector<std::string>;

class FakeClock final : public Clock {
 public:
  Timestamp wall_now() const override { return Timestamp(now_); }
  SteadyTime steady_now() const override { return SteadyTime(now_); }
  void advance(Duration by) { now_ += by; }

 private:
  Duration now_ = 1'700'000'000s;
};

// A record is a letter of the payload. Tests answer the tries that are open.
class FakeTransport final : public Transport {
 public:
  struct Open {
    Request request;
    Done done;
  };
  class FakeTry final : public Try {
   public:
    FakeTry(FakeTransport& transport, int number) : transport_(transport), number_(number) {}
    FakeTry(const FakeTry&) = delete;
    FakeTry& operator=(const FakeTry&) = delete;
    ~FakeTry() override { transport_.open.erase(number_); }

   private:
    FakeTransport& transport_;
    int number_;
  };

  std::unique_ptr<Try> send(Request request, Done done) override {
    sent.push_back(*request.payload);
    open.emplace(next_, Open{std::move(request), std::move(done)});
    return std::make_unique<FakeTry>(*this, next_++);
  }
  std::vector<queue::Block> halve(const queue::Block& block) override {
    if (!can_halve) return {};
    std::vector<queue::Block> out(2);
    for (auto& part : out)
      part.tenant = block.tenant;
    const std::uint32_t half = block.records / 2;
    out[0].payload = std::make_shared<const std::string>(block.payload->substr(0, half));
    out[0].records = half;
    out[1].payload = std::make_shared<const std::string>(block.payload->substr(half));
    out[1].records = block.records - half;
    std::uint32_t at = 0;
    for (const auto& share : block.receipts) {
      for (std::uint32_t i = 0; i < share.records; ++i, ++at)
        model::add_share(out[at < half ? 0 : 1].receipts, share.id);
    }
    return out;
  }
  // Answers the oldest open try.
  void answer(Outcome outcome) {
    ASSERT_FALSE(open.empty());
    const Done done = std::move(open.begin()->second.done);
    open.erase(open.begin());
    done(std::move(outcome));
  }
  void answer(const std::string& payload, Outcome outcome) {
    const auto at = std::find_if(open.begin(), open.end(), [&](const auto& each) {
      return *each.second.request.payload == payload;
    });
    ASSERT_NE(at, open.end()) << payload;
    const Done done = std::move(at->second.done);
    open.erase(at);
    done(std::move(outcome));
  }
  Payloads open_payloads() const {
    Payloads out;
    for (const auto& [number, each] : open)
      out.push_back(*each.request.payload);
    return out;
  }

  std::map<int, Open> open;
  Payloads sent;
  bool can_halve = true;

 private:
  int next_ = 0;
};

Outcome delivered(std::uint64_t rejected = 0) {
  Outcome out;
  out.kind = Outcome::Kind::Delivered;
  out.rejected = rejected;
  return out;
}
Outcome retry(Duration at_least = {}) {
  Outcome out;
  out.reason = "http_503";
  out.at_least = at_least;
  return out;
}
Outcome busy(Duration at_least = {}) {
  Outcome out = retry(at_least);
  out.reason = "http_429";
  out.data_error = true;
  out.concerns = Outcome::Concerns::Tenant;
  return out;
}
Outcome refused(Outcome::Kind kind, const std::string& reason) {
  Outcome out;
  out.kind = kind;
  out.reason = reason;
  out.data_error = true;
  return out;
}
Outcome drop(const std::string& reason) { return refused(Outcome::Kind::Drop, reason); }
Outcome split(const std::string& reason) { return refused(Outcome::Kind::Split, reason); }

class DestinationTest : public ::testing::Test {
 protected:
  void make(Destination::Config config) {
    config.name = "d";
    auto transport = std::make_unique<FakeTransport>();
    transport_ = transport.get();
    destination_ = std::make_unique<Destination>(
        std::move(config), std::move(transport), ledger_.destination("d"),
        Destination::Environment{loop_, clock_, random_, log_, scope_, receipts_});
  }
  static Destination::Config quick() {
    Destination::Config config;
    config.backoff = {1ms, 2ms, 1ms, Jitter::Full};
    return config;
  }
  static Destination::Config slow() {
    Destination::Config config;
    config.backoff = {1h, 1h, 1h, Jitter::Full};
    return config;
  }
  // As Loki's: tenants side by side, each in order.
  static Destination::Config with_lanes(Destination::Config config) {
    config.concurrency = 8;
    config.concurrency_of_a_tenant = 1;
    return config;
  }
  // One block with a receipt of its own.
  model::Push push(const std::string& payload, const std::string& tenant = "") {
    queue::Block block;
    block.tenant = tenant;
    block.payload = std::make_shared<const std::string>(payload);
    block.records = static_cast<std::uint32_t>(payload.size());
    const auto id = receipts_.open(block.records, [this, payload] { settled_.push_back(payload); });
    model::add_share(block.receipts, id, block.records);
    // Counted first: a push may settle records before it returns.
    ledger_.in("file").add(block.records);
    const auto answer = destination_->push(std::move(block));
    if (answer == model::Push::Full) refused_records_ += payload.size();
    expect_balance();
    return answer;
  }
  void answer(Outcome outcome) {
    transport_->answer(std::move(outcome));
    expect_balance();
  }
  // Answers the open try with that payload.
  void answer(const std::string& payload, Outcome outcome) {
    transport_->answer(payload, std::move(outcome));
    expect_balance();
  }
  // `in` counts what the destination refused to take, too: the source still has it.
  void expect_balance() {
    const auto entries = ledger_.snapshot(refused_records_, {{"d", destination_->held_records()}});
    ASSERT_EQ(entries.size(), 1U);
    EXPECT_EQ(entries[0].balance(), 0);
  }
  std::uint64_t dropped(const std::string& reason) {
    return ledger_.destination("d").dropped().values()[reason];
  }
  std::uint64_t delivered_records() { return ledger_.destination("d").delivered().value(); }
  void wait_for_try() {
    EXPECT_TRUE(testing::run_until(loop_, [&] { return !transport_->open.empty(); }));
  }

  FakeClock clock_;
  Random random_{7};
  std::vector<std::string> logged_;
  Logger log_{LogLevel::Error, LogFormat::Logfmt, std::make_unique<Kept>(logged_)};
  selfmon::Scope scope_;
  selfmon::Ledger ledger_{"logs", scope_};
  model::ReceiptBook receipts_;
  std::vector<std::string> settled_;  // payloads whose receipts closed
  std::uint64_t refused_records_ = 0;
  loop::EventLoop loop_;
  FakeTransport* transport_ = nullptr;
  std::unique_ptr<Destination> destination_;

 private:
  class Kept final : public Logger::Output {
   public:
    explicit Kept(std::vector<std::string>& lines) : lines_(lines) {}
    void write(LogLevel /*level*/, const std::string& line) override { lines_.push_back(line); }

   private:
    std::vector<std::string>& lines_;
  };
};

TEST_F(DestinationTest, SendsOneAfterTheOther) {
  make(quick());
  for (const char* payload : {"a", "bb", "c"})
    EXPECT_EQ(push(payload), model::Push::Taken);
  EXPECT_THAT(transport_->sent, ElementsAre("a"));
  answer(delivered());
  EXPECT_THAT(transport_->sent, ElementsAre("a", "bb"));
  answer(delivered());
  answer(delivered());
  EXPECT_THAT(transport_->sent, ElementsAre("a", "bb", "c"));
  EXPECT_THAT(settled_, ElementsAre("a", "bb", "c"));
  EXPECT_EQ(delivered_records(), 4U);
  EXPECT_EQ(destination_->held_records(), 0U);
  EXPECT_EQ(destination_->status().last_success, clock_.wall_now());
}

TEST_F(DestinationTest, ARetryKeepsTheOrderAndCountsTries) {
  make(quick());
  push("a");
  push("b");
  answer(retry());
  EXPECT_THAT(transport_->open_payloads(), IsEmpty());
  wait_for_try();
  EXPECT_EQ(transport_->open.begin()->second.request.attempt, 1);
  answer(retry());
  wait_for_try();
  EXPECT_EQ(transport_->open.begin()->second.request.attempt, 2);
  EXPECT_EQ(destination_->status().retries, 2U);
  EXPECT_THAT(settled_, IsEmpty());
  answer(delivered());
  EXPECT_EQ(transport_->open.begin()->second.request.attempt, 0);
  EXPECT_THAT(transport_->sent, ElementsAre("a", "a", "a", "b"));
}

TEST_F(DestinationTest, WaitsAsLongAsTheServerAsks) {
  make(quick());
  push("a");
  const auto before = std::chrono::steady_clock::now();
  answer(retry(40ms));
  wait_for_try();
  // A millisecond of grace: the loop's clock is one of whole milliseconds.
  EXPECT_GE(std::chrono::steady_clock::now() - before, 39ms);
}

TEST_F(DestinationTest, AnotherFailureNeverShortensTheWait) {
  auto config = quick();
  config.concurrency = 2;
  make(config);
  push("a");
  push("b");
  const auto before = std::chrono::steady_clock::now();
  answer(retry(40ms));
  answer(retry());
  wait_for_try();
  EXPECT_GE(std::chrono::steady_clock::now() - before, 39ms);
}

TEST_F(DestinationTest, TheCircuitOpensAfterFiveFailuresAndClosesStepByStep) {
  auto config = quick();
  config.concurrency = 4;
  make(config);
  for (const char* payload : {"a", "b", "c", "d", "e", "f", "g", "h"})
    push(payload);
  EXPECT_EQ(transport_->open.size(), 4U);
  for (int i = 0; i < 4; ++i)
    answer(retry());
  wait_for_try();
  EXPECT_EQ(transport_->open.size(), 4U) << "four failures do not open it";
  for (int i = 0; i < 4; ++i)
    answer(retry());
  wait_for_try();
  EXPECT_THAT(transport_->open_payloads(), ElementsAre("a"));
  answer(delivered());
  EXPECT_EQ(transport_->open.size(), 2U);
  answer(delivered());
  EXPECT_EQ(transport_->open.size(), 4U);
}

TEST_F(DestinationTest, BusyAndPickyBackendsDoNotOpenTheCircuit) {
  auto config = quick();
  config.concurrency = 2;
  make(config);
  for (const char* payload : {"a", "b", "c", "d", "e", "f", "g", "h", "i"})
    push(payload);
  for (int i = 0; i < 6; ++i) {
    answer(busy());
    wait_for_try();
  }
  for (int i = 0; i < 6; ++i)
    answer(drop("http_400"));
  wait_for_try();
  EXPECT_EQ(transport_->open.size(), 2U);
  EXPECT_EQ(dropped("http_400"), 6U);
}

TEST_F(DestinationTest, ABusyTenantHoldsUpNobodyElse) {
  make(with_lanes(slow()));
  for (const char* payload : {"a1", "a2", "b1", "b2", "c1"})
    push(payload, std::string(1, payload[0]));
  EXPECT_THAT(transport_->open_payloads(), ElementsAre("a1", "b1", "c1"));
  answer("a1", busy());
  for (const char* payload : {"b1", "b2", "c1"})
    answer(payload, delivered());
  push("b3", "b");
  push("a3", "a");
  EXPECT_THAT(transport_->open_payloads(), ElementsAre("b3"));
  answer(delivered());
  EXPECT_THAT(transport_->open_payloads(), IsEmpty());
  EXPECT_EQ(destination_->held_records(), 6U);
}

TEST_F(DestinationTest, ATenantsBlocksStayInOrder) {
  make(with_lanes(quick()));
  for (const char* payload : {"a1", "a2", "b1", "b2"})
    push(payload, std::string(1, payload[0]));
  answer("a1", busy());
  answer("b1", busy(10ms));
  wait_for_try();
  answer("a1", split("too_large"));
  for (const char* payload : {"a", "1", "a2"})
    answer(payload, delivered());
  wait_for_try();
  answer("b1", delivered());
  EXPECT_THAT(transport_->open_payloads(), ElementsAre("b2"));
}

TEST_F(DestinationTest, AFailureOfTheBackendHoldsUpAllTenants) {
  make(with_lanes(slow()));
  push("a1", "a");
  push("b1", "b");
  answer("a1", retry());
  answer("b1", delivered());
  push("b2", "b");
  push("c1", "c");
  EXPECT_THAT(transport_->open_payloads(), IsEmpty());
}

TEST_F(DestinationTest, TheBackoffOfATenantIsItsOwn) {
  auto config = with_lanes(quick());
  config.backoff = {1ms, 1h, 1ms, Jitter::Upward};
  make(config);
  push("a1", "a");
  for (int i = 0; i < 3; ++i) {
    const auto before = std::chrono::steady_clock::now();
    answer("a1", busy());
    // A success of another tenant starts its own backoff at the base again, and not that of a.
    push("b1", "b");
    answer("b1", delivered());
    wait_for_try();
    EXPECT_GE(std::chrono::steady_clock::now() - before, std::chrono::milliseconds(1U << i) - 1ms);
  }
  EXPECT_EQ(transport_->open.begin()->second.request.attempt, 3);
}

TEST_F(DestinationTest, TenantsShareTheTriesAtOnce) {
  auto config = with_lanes(quick());
  config.concurrency = 2;
  make(config);
  for (const char* payload : {"a1", "b1", "c1", "a2"})
    push(payload, std::string(1, payload[0]));
  EXPECT_THAT(transport_->open_payloads(), ElementsAre("a1", "b1"));
  answer("a1", delivered());
  EXPECT_THAT(transport_->open_payloads(), ElementsAre("b1", "c1")) << "c before a's second";
}

TEST_F(DestinationTest, DrainTriesWaitingTenantsOnceMore) {
  make(with_lanes(slow()));
  push("a1", "a");
  push("b1", "b");
  answer("a1", busy());
  answer("b1", busy(1h));
  destination_->drain(1h, [] {});
  wait_for_try();
  EXPECT_THAT(transport_->open_payloads(), ElementsAre("a1"));
  answer("a1", busy());
  destination_->drop_all("shutdown", Destination::Receipts::StayOpen);
  push("b2", "b");
  EXPECT_THAT(transport_->open_payloads(), ElementsAre("b2")) << "nothing waits any more";
}

TEST_F(DestinationTest, AWaitingTenantMayLoseItsBlocks) {
  auto config = with_lanes(quick());
  config.when_full = queue::WhenFull::DropOldest;
  config.max_bytes = 250;  // one small block
  make(config);
  push("a1", "a");
  answer("a1", busy());
  push("b1", "b");
  EXPECT_THAT(settled_, ElementsAre("a1"));
  loop_.run_for(5ms);
  loop_.run_for(5ms);
  EXPECT_THAT(transport_->open_payloads(), ElementsAre("b1"));
}

TEST_F(DestinationTest, ADropIsCountedAndSettled) {
  make(quick());
  push("abc");
  answer(drop("http_400"));
  EXPECT_EQ(dropped("http_400"), 3U);
  EXPECT_EQ(delivered_records(), 0U);
  EXPECT_THAT(settled_, ElementsAre("abc"));
}

TEST_F(DestinationTest, APartThatWasRejectedIsDropped) {
  make(quick());
  push("abc");
  push("def");
  answer(delivered(2));
  EXPECT_EQ(delivered_records(), 1U);
  EXPECT_EQ(dropped("backend_rejected"), 2U);
  answer(delivered(1000));  // never more than there were
  EXPECT_EQ(delivered_records(), 1U);
  EXPECT_EQ(dropped("backend_rejected"), 5U);
  EXPECT_THAT(settled_, ElementsAre("abc", "def"));
}

TEST_F(DestinationTest, ATenantThatIsBlockedIsSaidOnce) {
  make(quick());
  Outcome blocked = delivered(1000);
  blocked.blocked = true;
  const struct {
    const char* tenant;
    Outcome outcome;
    std::size_t said;
  } cases[] = {{"a", blocked, 1}, {"b", delivered(), 1}, {"a", blocked, 1},
               {"b", blocked, 2}, {"a", delivered(), 2}, {"a", blocked, 3}};
  for (const auto& c : cases) {
    push("x", c.tenant);
    answer(c.outcome);
    EXPECT_EQ(logged_.size(), c.said);
  }
  EXPECT_EQ(dropped("backend_rejected"), 4U);
}

TEST_F(DestinationTest, WhatIsTooLargeIsHalvedUntilItFits) {
  make(quick());
  push("abcd");
  push("z");
  answer(split("too_large"));
  EXPECT_THAT(transport_->open_payloads(), ElementsAre("ab"));
  answer(split("too_large"));
  answer(delivered());         // a
  answer(split("too_large"));  // b is alone and still too large
  EXPECT_EQ(dropped("too_large"), 1U);
  answer(delivered());  // cd
  EXPECT_THAT(settled_, ElementsAre("abcd"));
  answer(delivered());
  EXPECT_THAT(transport_->sent, ElementsAre("abcd", "ab", "a", "b", "cd", "z"));
}

TEST_F(DestinationTest, WhatCannotBeHalvedIsDropped) {
  make(quick());
  transport_->can_halve = false;
  push("abcd");
  answer(split("too_large"));
  EXPECT_EQ(dropped("too_large"), 4U);
  EXPECT_THAT(settled_, ElementsAre("abcd"));
}

TEST_F(DestinationTest, OneBadRecordIsFoundAndTheOthersArrive) {
  make(quick());
  push("abcdefghijKlmnop");
  while (!transport_->open.empty()) {
    const bool is_bad = transport_->open_payloads()[0].find('K') != std::string::npos;
    answer(is_bad ? split("http_400") : delivered());
  }
  EXPECT_EQ(dropped("http_400"), 1U);
  EXPECT_EQ(delivered_records(), 15U);
  EXPECT_EQ(transport_->sent.size(), 1U + 2U * 4U);
}

TEST_F(DestinationTest, TheSearchForBadRecordsIsBounded) {
  make(quick());
  push(std::string(64, 'K'));
  while (!transport_->open.empty())
    answer(split("http_400"));
  EXPECT_EQ(dropped("http_400"), 64U);
  EXPECT_LE(transport_->sent.size(), 1U + 2U * 6U);
  EXPECT_EQ(settled_.size(), 1U);
}

TEST_F(DestinationTest, ASearchThatFindsGoodRecordsGoesOn) {
  const std::string every_other = "KbKdKfKhKjKlKnKp";
  const struct {
    const char* name;
    std::string records;
    int requests;
    std::uint64_t delivered;
    std::size_t sent;  // at most
  } cases[] = {
      {"one bad one", "abcdefghijKlmnop", 100, 15, 9},
      {"one at each end", "KbcdefghijklmnoK", 100, 14, 17},
      {"some together", "KKKdefghijklmnop", 100, 13, 13},
      {"every other one", every_other, 100, 8, 31},
      {"up to its bound", every_other, 20, 4, 21},
      {"the bound of one", "KbcdefghijklmnoK", 0, 7, 9},
      {"none good", std::string(16, 'K'), 100, 0, 17},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    auto config = quick();
    config.search_requests = c.requests;
    make(config);
    const std::uint64_t before = delivered_records();
    push(c.records);
    while (!transport_->open.empty()) {
      const bool is_bad = transport_->open_payloads()[0].find('K') != std::string::npos;
      answer(is_bad ? split("http_400") : delivered());
    }
    EXPECT_EQ(delivered_records() - before, c.delivered);
    EXPECT_LE(transport_->sent.size(), c.sent);
  }
}

TEST_F(DestinationTest, FullMeansWhatWasConfigured) {
  const struct {
    const char* name;
    queue::WhenFull when_full;
    model::Push answer;
    Payloads settled;
  } cases[] = {
      {"block", queue::WhenFull::Block, model::Push::Full, {}},
      {"reject", queue::WhenFull::Reject, model::Push::Full, {}},
      {"drop_oldest", queue::WhenFull::DropOldest, model::Push::Taken, {"b"}},
      {"drop_newest", queue::WhenFull::DropNewest, model::Push::Taken, {"c"}},
  };
  std::uint64_t drops = 0;
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    settled_.clear();
    Destination::Config config = quick();
    config.when_full = c.when_full;
    config.max_bytes = 300;  // two small blocks
    make(config);
    push("a");
    push("b");
    EXPECT_EQ(push("c"), c.answer);
    EXPECT_EQ(settled_, c.settled);
    drops += c.settled.size();
    EXPECT_EQ(dropped("queue_full"), drops);
    refused_records_ += destination_->held_records();  // for the balance of the next case
  }
}

TEST_F(DestinationTest, AnUnknownPathIsGivenUpAfterItsGrace) {
  make(quick());
  Outcome not_found = retry();
  not_found.reason = "http_404";
  not_found.keep_for = 5min;
  push("a");
  push("b");
  answer(not_found);
  clock_.advance(5min - 1ns);
  wait_for_try();
  answer(not_found);
  EXPECT_EQ(dropped("http_404"), 0U);
  // Another kind of answer in between starts the time anew.
  wait_for_try();
  answer(retry());
  wait_for_try();
  answer(not_found);
  clock_.advance(5min);
  wait_for_try();
  answer(not_found);
  EXPECT_EQ(dropped("http_404"), 1U);
  answer(not_found);
  EXPECT_EQ(dropped("http_404"), 2U);
  EXPECT_THAT(settled_, ElementsAre("a", "b"));
}

TEST_F(DestinationTest, DrainEndsWhenNothingIsHeld) {
  make(quick());
  int drained = 0;
  push("a");
  destination_->drain(1h, [&] { ++drained; });
  loop_.run_for(2ms);
  EXPECT_EQ(drained, 0);
  answer(delivered());
  EXPECT_EQ(drained, 0) << "only in a later turn";
  EXPECT_TRUE(testing::run_until(loop_, [&] { return drained > 0; }));

  destination_->drain(1h, [&] { ++drained; });
  EXPECT_TRUE(testing::run_until(loop_, [&] { return drained == 2; }));
}

TEST_F(DestinationTest, DrainEndsAtItsDeadline) {
  make(quick());
  int drained = 0;
  push("a");
  destination_->drain(5ms, [&] { ++drained; });
  EXPECT_TRUE(testing::run_until(loop_, [&] { return drained > 0; }));
  EXPECT_EQ(destination_->held_records(), 1U);
  destination_->drop_all("shutdown", Destination::Receipts::StayOpen);
  loop_.run_for(5ms);
  EXPECT_EQ(drained, 1);
}

TEST_F(DestinationTest, DrainCutsOurOwnDelayShortButNotTheServers) {
  make(slow());
  push("a");
  answer(retry());
  destination_->drain(1h, [] {});
  wait_for_try();
  answer(retry(1h));
  destination_->drain(1h, [] {});
  loop_.run_for(5ms);
  EXPECT_THAT(transport_->open_payloads(), IsEmpty());
}

TEST_F(DestinationTest, WhatIsGivenUpStaysUnsettled) {
  auto config = slow();
  config.concurrency = 2;
  make(config);
  for (const char* payload : {"aa", "b", "c"})
    push(payload);
  answer(retry());
  destination_->drop_all("shutdown", Destination::Receipts::StayOpen);
  expect_balance();
  EXPECT_EQ(dropped("shutdown"), 4U);
  EXPECT_THAT(transport_->open_payloads(), IsEmpty()) << "what was under way is cancelled";
  EXPECT_THAT(settled_, IsEmpty()) << "the source will read it again";
  EXPECT_EQ(receipts_.open_receipts(), 3U);
  push("d");
  EXPECT_THAT(transport_->open_payloads(), ElementsAre("d"));
}

TEST_F(DestinationTest, WhatNobodyWaitsForAnyMoreIsSettled) {
  make(quick());
  push("aa");
  push("b");
  destination_->drop_all("orphan", Destination::Receipts::Settle);
  expect_balance();
  EXPECT_EQ(dropped("orphan"), 3U);
  EXPECT_EQ(receipts_.open_receipts(), 0U);
}

TEST_F(DestinationTest, EveryReceiptClosesOnceWhateverHappens) {
  for (std::uint64_t seed = 1; seed <= 30; ++seed) {
    SCOPED_TRACE(seed);
    settled_.clear();
    auto config = quick();
    config.concurrency = static_cast<int>(seed % 3) + 1;
    config.concurrency_of_a_tenant = static_cast<int>(seed % 2);
    config.search_requests = static_cast<int>(seed % 5) * 10;
    config.when_full = seed % 2 == 0 ? queue::WhenFull::DropOldest : queue::WhenFull::DropNewest;
    config.max_bytes = 2000;
    make(config);
    Random random(seed);
    constexpr int kBlocks = 40;
    int pushed = 0;
    while (pushed < kBlocks || destination_->held_records() > 0) {
      const auto action = random.next() % 6;
      if (pushed < kBlocks && action < 2) {
        ASSERT_EQ(push(std::to_string(pushed) + std::string(random.next() % 30, 'x'),
                       std::string(random.next() % 3, 't')),
                  model::Push::Taken);
        ++pushed;
      } else if (transport_->open.empty()) {
        loop_.run_for(1ms);
      } else if (action == 2) {
        const auto which = random.next() % 3;
        answer(which == 0 ? drop("http_400") : which == 1 ? busy() : retry());
      } else if (action == 3) {
        answer(random.next() % 2 == 0 ? split("too_large") : split("http_400"));
      } else {
        answer(delivered(random.next() % 2));
      }
    }
    EXPECT_EQ(settled_.size(), static_cast<std::size_t>(kBlocks));
    EXPECT_EQ(receipts_.open_receipts(), 0U);
  }
}

TEST_F(DestinationTest, MayDieWhileTriesAreUnderWay) {
  make(slow());
  push("a");
  destination_.reset();
  EXPECT_THAT(settled_, IsEmpty());
  loop_.run_for(2ms);
}

}  // namespace
}  // namespace agent::exporter
