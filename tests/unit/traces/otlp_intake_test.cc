#include "agent/traces/otlp_intake.h"

#include <gtest/gtest.h>

#include "tests/support/fake_clock.h"
#include "tests/support/otlp_bytes.h"
#include "tests/support/recording_sink.h"

namespace agent::traces {
namespace {

using namespace std::chrono_literals;
using testing::request;
using testing::span;
using testing::span_id;
using testing::trace_id;

const std::string kGood = span(trace_id(1), span_id(1));
const std::string kBad = span("short", span_id(1));

TEST(RetryHint, DoublesWithTimeNotWithClients) {
  testing::FakeClock clock;
  Random random(1);
  RetryHint hint(clock, random);
  const auto expect_about = [&](Duration base) {
    const Duration delay = hint.next();
    EXPECT_GE(delay, base);
    EXPECT_LE(delay, base + base / 5);
  };
  for (int client = 0; client < 100; ++client)
    expect_about(1s);
  for (const Duration base : {Duration(2s), Duration(4s), Duration(8s), Duration(16s)}) {
    clock.advance(base / 2);
    expect_about(base);
  }
  clock.advance(16s);
  expect_about(30s);
  clock.advance(30s);
  expect_about(30s);
  hint.reset();
  expect_about(1s);
}

class OtlpIntakeTest : public ::testing::Test {
 protected:
  using Kind = IntakeAnswer::Kind;
  std::uint64_t in() { return ledger_.in("otlp").value(); }
  std::uint64_t invalid() { return ledger_.dropped().reason("invalid_id").value(); }

  testing::FakeClock clock_;
  Random random_{1};
  selfmon::Scope scope_;
  selfmon::Ledger ledger_{"traces", scope_};
  testing::RecordingSink<model::SpanBatch> sink_;
  OtlpIntake intake_{sink_, ledger_, clock_, random_};
};

TEST_F(OtlpIntakeTest, ForwardsGoodRequestsUnchanged) {
  const std::string bytes = request({kGood, kGood}) + testing::field(1, "");
  EXPECT_EQ(intake_.take(bytes).kind, Kind::Taken);
  ASSERT_EQ(sink_.batches.size(), 1U);
  EXPECT_EQ(sink_.batches[0].otlp, bytes);
  EXPECT_EQ(sink_.batches[0].spans, 2U);
  EXPECT_EQ(in(), 2U);
}

TEST_F(OtlpIntakeTest, RejectsBadSpansAlone) {
  const auto answer = intake_.take(request({kBad, kGood, kBad}));
  EXPECT_EQ(answer.kind, Kind::Taken);
  EXPECT_EQ(answer.rejected, 2U);
  EXPECT_NE(answer.message.find("2 of 3 spans"), std::string::npos) << answer.message;
  EXPECT_EQ(sink_.batches.at(0).otlp, request({kGood}));
  EXPECT_EQ(in(), 3U);
  EXPECT_EQ(invalid(), 2U);
}

TEST_F(OtlpIntakeTest, NothingGoodIsNotPushed) {
  EXPECT_EQ(intake_.take(request({kBad})).rejected, 1U);
  EXPECT_EQ(intake_.take("").kind, Kind::Taken);
  EXPECT_EQ(sink_.pushes, 0);
  EXPECT_EQ(in(), 1U);
  EXPECT_EQ(invalid(), 1U);
}

TEST_F(OtlpIntakeTest, FullIsNotCounted) {
  sink_.full = true;
  const auto answer = intake_.take(request({kGood, kBad}));
  EXPECT_EQ(answer.kind, Kind::NoRoom);
  EXPECT_GE(answer.retry_after, 1s);
  EXPECT_EQ(in(), 0U);
  EXPECT_EQ(invalid(), 0U);
}

TEST_F(OtlpIntakeTest, MalformedIsRefusedAsAWhole) {
  const auto answer = intake_.take(request({kGood}) + "\x0a");
  EXPECT_EQ(answer.kind, Kind::Malformed);
  EXPECT_FALSE(answer.message.empty());
  EXPECT_EQ(sink_.pushes, 0);
  EXPECT_EQ(in(), 0U);
}

TEST_F(OtlpIntakeTest, TakesNothingWhileStopping) {
  intake_.stop();
  EXPECT_EQ(intake_.take(request({kGood})).kind, Kind::NoRoom);
  EXPECT_EQ(sink_.pushes, 0);
}

}  // namespace
}  // namespace agent::traces
