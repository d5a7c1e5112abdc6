#include "agent/traces/sampling_sink.h"

#include <gtest/gtest.h>

#include "agent/traces/tracestate.h"

#include "tests/support/otlp_bytes.h"
#include "tests/support/recording_sink.h"

namespace agent::traces {
namespace {

using testing::request;
using testing::span;
using testing::span_id;
using testing::trace_id;

const std::string kHigh = trace_id(kTwo56 - 1);
const std::string kLow = trace_id(0);

class SamplingSinkTest : public ::testing::Test {
 protected:
  std::uint64_t dropped(const std::string& reason) {
    return ledger_.dropped().reason(reason).value();
  }

  selfmon::Scope scope_;
  selfmon::Ledger ledger_{"traces", scope_};
  testing::RecordingSink<model::SpanBatch> next_;
};

TEST_F(SamplingSinkTest, PassesOnWhatIsKept) {
  SamplingSink sampling{RatioSampler(0.5), next_, ledger_, scope_};
  ASSERT_EQ(sampling.push({request({span(kHigh, span_id(1)), span(kLow, span_id(2))}), 2}),
            model::Push::Taken);
  ASSERT_EQ(next_.batches.size(), 1U);
  EXPECT_EQ(next_.batches[0].spans, 1U);
  EXPECT_EQ(next_.batches[0].otlp,
            request({span(kHigh, span_id(1), testing::field(3, "ot=th:8"))}));
  EXPECT_EQ(dropped("sampled_out"), 1U);
}

TEST_F(SamplingSinkTest, RatioOneForwardsTheBytes) {
  SamplingSink sampling{RatioSampler(1), next_, ledger_, scope_};
  const std::string bytes = request({span(kLow, span_id(1))}) + testing::field(1, "");
  ASSERT_EQ(sampling.push({bytes, 1}), model::Push::Taken);
  EXPECT_EQ(next_.batches.at(0).otlp, bytes);
}

TEST_F(SamplingSinkTest, ForwardsTheBytesWhereNothingChanges) {
  SamplingSink sampling{RatioSampler(0.5), next_, ledger_, scope_};
  const std::string bytes = request({span(kHigh, span_id(1), testing::field(3, "ot=th:c"))});
  ASSERT_EQ(sampling.push({bytes, 1}), model::Push::Taken);
  EXPECT_EQ(next_.batches.at(0).otlp, bytes);
}

TEST_F(SamplingSinkTest, NothingKeptGoesNoFurther) {
  SamplingSink sampling{RatioSampler(0), next_, ledger_, scope_};
  EXPECT_EQ(sampling.push({request({span(kHigh, span_id(1))}), 1}), model::Push::Taken);
  EXPECT_EQ(next_.pushes, 0);
  EXPECT_EQ(dropped("sampled_out"), 1U);
}

TEST_F(SamplingSinkTest, FullLeavesTheBatchAndTheCounters) {
  SamplingSink sampling{RatioSampler(0.5), next_, ledger_, scope_};
  const std::string mixed = request({span(kHigh, span_id(1)), span(kLow, span_id(2))});
  const std::string same = request({span(kHigh, span_id(1), testing::field(3, "ot=th:c"))});
  for (const auto& bytes : {mixed, same}) {
    next_.full = true;
    model::SpanBatch batch{bytes, 2};
    EXPECT_EQ(sampling.push(std::move(batch)), model::Push::Full);
    EXPECT_EQ(batch.otlp, bytes);  // NOLINT(bugprone-use-after-move): Full leaves it untouched
    EXPECT_EQ(dropped("sampled_out"), 0U);
  }
}

TEST_F(SamplingSinkTest, CountsInconsistentSpans) {
  SamplingSink sampling{RatioSampler(0.5), next_, ledger_, scope_};
  const std::string odd = span(kLow, span_id(1), testing::field(3, "ot=th:c"));
  ASSERT_EQ(sampling.push({request({odd}), 1}), model::Push::Taken);
  EXPECT_EQ(scope_.counter("sampler_inconsistent_total").value(), 1U);
}

}  // namespace
}  // namespace agent::traces
