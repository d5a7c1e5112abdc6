#include "agent/codec/otlp_traces.h"

#include <functional>
#include <map>
#include <vector>

#include <gtest/gtest.h>

#include "tests/support/otlp_bytes.h"

namespace agent::codec {
namespace {

using testing::field;
using testing::fixed64_field;
using testing::number_field;
using testing::request;
using testing::scope_spans;
using testing::span;
using testing::span_id;
using testing::trace_id;

const std::string kTrace = trace_id(1);

// Decides by the last byte of the span id; remembers what it was shown.
class ScriptedFilter final : public SpanFilter {
 public:
  explicit ScriptedFilter(std::map<int, SpanVerdict> verdicts = {}, std::string state = {})
      : verdicts_(std::move(verdicts)), state_(std::move(state)) {}
  SpanVerdict decide(const SpanView& view, std::string& trace_state) override {
    seen.push_back({std::string(view.trace_state), view.ids_valid});
    const auto found = verdicts_.find(view.span_id.empty() ? 0 : view.span_id.back());
    if (found == verdicts_.end()) return SpanVerdict::Keep;
    if (found->second == SpanVerdict::Rewrite) trace_state += state_;
    return found->second;
  }
  struct Seen {
    std::string trace_state;
    bool ids_valid;
  };
  std::vector<Seen> seen;

 private:
  std::map<int, SpanVerdict> verdicts_;
  std::string state_;
};

std::string rewritten(const std::string& bytes, SpanFilter& filter, SpanCounts* counts) {
  SpanRewriter rewriter;
  const auto walked = rewriter.walk(bytes, filter);
  EXPECT_TRUE(walked) << walked.error().message;
  *counts = *walked;
  std::string out;
  rewriter.write(out);
  return out;
}

TEST(SpanRewriter, KeepsTheRequestByteForByte) {
  // Unknown fields at every level, a group, an over-long length, an old form (1000).
  const std::string odd_span = span(kTrace, span_id(1), number_field(99, 7) + "\xa3\x06\xa4\x06");
  const std::string bytes =
      field(77, "unknown") +
      field(1, field(1000, "old") +
                   field(2, field(9, "x") + field(2, odd_span) + field(3, "schema")) +
                   field(1, "res") + std::string("\x1a\x81\x00s", 4));
  ScriptedFilter filter;
  SpanCounts counts;
  EXPECT_EQ(rewritten(bytes, filter, &counts), bytes);
  EXPECT_TRUE(counts.unchanged());
  EXPECT_EQ(counts.spans, 1U);
}

TEST(SpanRewriter, DropsSpansAndEmptyEnvelopes) {
  const std::string one = span(kTrace, span_id(1));
  const std::string two = span(kTrace, span_id(2), field(5, std::string(200, 'n')));
  const std::string three = span(kTrace, span_id(3));
  const std::string bytes = field(1, field(1, "a") + field(2, scope_spans({one, two})) +
                                         field(2, field(1, "s") + scope_spans({two}))) +
                            field(1, field(2, scope_spans({two}))) + field(1, "") +
                            field(1, field(2, scope_spans({three})) + field(3, "url"));
  ScriptedFilter filter({{2, SpanVerdict::Drop}});
  SpanCounts counts;
  EXPECT_EQ(rewritten(bytes, filter, &counts),
            field(1, field(1, "a") + field(2, scope_spans({one}))) +
                field(1, field(2, scope_spans({three})) + field(3, "url")));
  EXPECT_EQ(counts.spans, 5U);
  EXPECT_EQ(counts.kept, 2U);
  EXPECT_FALSE(counts.unchanged());
}

TEST(SpanRewriter, ReplacesEveryTraceStateByOneAtTheEnd) {
  const std::string before = span(
      kTrace, span_id(1), field(3, "a=1") + field(5, "n") + field(3, "b=2") + number_field(6, 2));
  const std::string rest = span(kTrace, span_id(1), field(5, "n") + number_field(6, 2));
  for (const std::string& state : {std::string("ot=th:8"), std::string(), std::string(300, 'x')}) {
    SCOPED_TRACE(state);
    ScriptedFilter filter({{1, SpanVerdict::Rewrite}}, state);
    SpanCounts counts;
    const std::string after = state.empty() ? rest : rest + field(3, state);
    EXPECT_EQ(rewritten(request({before}), filter, &counts), request({after}));
    EXPECT_EQ(counts.rewritten, 1U);
    EXPECT_EQ(filter.seen.at(0).trace_state, "b=2");
  }
}

TEST(SpanRewriter, CanBeUsedAgain) {
  SpanRewriter rewriter;
  ScriptedFilter filter({{1, SpanVerdict::Rewrite}}, "k=v");
  for (int i = 0; i < 3; ++i) {
    const std::string bytes = request({span(kTrace, span_id(1))});
    ASSERT_TRUE(rewriter.walk(bytes, filter));
    std::string out = "kept ";
    rewriter.write(out);
    EXPECT_EQ(out, "kept " + request({span(kTrace, span_id(1), field(3, "k=v"))}));
  }
}

TEST(SpanRewriter, ChecksIds) {
  const std::string zeros16(16, '\0');
  const std::string zeros8(8, '\0');
  const std::string id = span_id(1);
  const struct {
    const char* name;
    std::string span;
    bool valid;
  } cases[] = {
      {"good", span(kTrace, id), true},
      {"trace id missing", field(2, id), false},
      {"trace id of zeros", span(zeros16, id), false},
      {"trace id with one bit", span(std::string(15, '\0') + '\x01', id), true},
      {"trace id of 8 zeros and 8 bytes", span(std::string(8, '\0') + "12345678", id), true},
      {"trace id of 15 bytes", span(kTrace.substr(1), id), false},
      {"trace id of 17 bytes", span(kTrace + "x", id), false},
      {"span id missing", field(1, kTrace), false},
      {"span id of zeros", span(kTrace, zeros8), false},
      {"span id of 7 bytes", span(kTrace, "1234567"), false},
      {"span id of 9 bytes", span(kTrace, "123456789"), false},
      {"the last trace id counts", span(zeros16, id, field(1, kTrace)), true},
      {"a good trace id is overwritten", span(kTrace, id, field(1, zeros16)), false},
      {"parent empty", span(kTrace, id, field(4, "")), true},
      {"parent of 8 bytes", span(kTrace, id, field(4, "12345678")), true},
      {"parent of zeros", span(kTrace, id, field(4, zeros8)), true},
      {"parent of 7 bytes", span(kTrace, id, field(4, "1234567")), false},
      {"link without ids", span(kTrace, id, field(13, "")), true},
      {"link with ids", span(kTrace, id, field(13, field(1, kTrace) + field(2, id))), true},
      {"link with a short trace id", span(kTrace, id, field(13, field(1, "x"))), false},
      {"link with a long span id", span(kTrace, id, field(13, field(2, "123456789"))), false},
      {"one bad link of two", span(kTrace, id, field(13, field(2, "1")) + field(13, "")), false},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    ScriptedFilter filter;
    SpanRewriter rewriter;
    ASSERT_TRUE(rewriter.walk(request({c.span}), filter));
    EXPECT_EQ(filter.seen.at(0).ids_valid, c.valid);
  }
}

TEST(SpanRewriter, RefusesWhatItCannotRead) {
  const std::string id = span_id(1);
  const struct {
    const char* name;
    std::string bytes;
  } cases[] = {
      {"resource_spans as a number", number_field(1, 5)},
      {"scope_spans as a number", field(1, number_field(2, 5))},
      {"spans as a number", field(1, field(2, number_field(2, 5)))},
      {"trace id as a number", request({number_field(1, 5)})},
      {"span id as a number", request({number_field(2, 5)})},
      {"tracestate as a number", request({number_field(3, 5)})},
      {"parent as a number", request({number_field(4, 5)})},
      {"start as a varint", request({span(kTrace, id, number_field(7, 5))})},
      {"end as bytes", request({span(kTrace, id, field(8, "x"))})},
      {"link as a number", request({span(kTrace, id, number_field(13, 5))})},
      {"link's trace id as a number", request({span(kTrace, id, field(13, number_field(1, 5)))})},
      {"cut in the request", request({span(kTrace, id)}).substr(0, 5)},
      {"cut in the resource", field(1, "\x0a\x05x")},
      {"cut in the scope", field(1, field(2, "\x0a\x05x"))},
      {"cut in a span", request({"\x0a\x10x"})},
      {"cut in a link", request({span(kTrace, id, field(13, "\x0a\x10x"))})},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    ScriptedFilter filter;
    SpanRewriter rewriter;
    const auto walked = rewriter.walk(c.bytes, filter);
    ASSERT_FALSE(walked);
    EXPECT_EQ(walked.error().kind, ErrorKind::Input);
  }
}

TEST(SpanRewriter, DoesNotLookIntoAttributes) {
  const std::string odd = span(kTrace, span_id(1), field(9, "\xff\xff") + fixed64_field(7, 1));
  ScriptedFilter filter;
  SpanRewriter rewriter;
  EXPECT_TRUE(rewriter.walk(request({odd}), filter));
}

TEST(CountSpans, CountsAcrossJoinedRequests) {
  const std::string bytes = request({span(kTrace, span_id(1)), span(kTrace, span_id(2))});
  EXPECT_EQ(*count_spans(bytes + bytes), 4U);
  EXPECT_EQ(*count_spans(""), 0U);
  EXPECT_FALSE(count_spans("\x0a"));
}

std::vector<SpanSplitter::Piece> cut(const std::string& bytes, SpanSplitter::Limits limits) {
  std::vector<SpanSplitter::Piece> pieces;
  SpanSplitter splitter(bytes, limits);
  for (SpanSplitter::Piece piece; splitter.next(piece);)
    pieces.push_back(piece);
  return pieces;
}

TEST(SpanSplitter, CutsByCountAndRepeatsEnvelopes) {
  std::vector<std::string> spans;
  for (std::uint8_t i = 1; i <= 5; ++i)
    spans.push_back(span(kTrace, span_id(i)));
  const std::string bytes = request(spans) + field(1, "") + request({spans[0]});
  const auto pieces = cut(bytes, {2, 1U << 20U});
  ASSERT_EQ(pieces.size(), 3U);
  EXPECT_EQ(pieces[0].otlp, request({spans[0], spans[1]}));
  EXPECT_EQ(pieces[1].otlp, request({spans[2], spans[3]}));
  EXPECT_EQ(pieces[2].otlp, request({spans[4]}) + request({spans[0]}));
  EXPECT_EQ(pieces[2].spans, 2U);
  EXPECT_EQ(cut(bytes, {6, 1U << 20U}).size(), 1U);
  EXPECT_TRUE(cut("", {2, 1U << 20U}).empty());
}

TEST(SpanSplitter, CutsByBytes) {
  const std::string large = span(kTrace, span_id(1), field(5, std::string(1000, 'n')));
  const std::string bytes = request({large, large, large});
  const auto whole = cut(bytes, {100, bytes.size() + 20});
  EXPECT_EQ(whole.size(), 1U);
  for (const auto& piece : cut(bytes, {100, 2500}))
    EXPECT_LE(piece.otlp.size(), 2500U);
  EXPECT_EQ(cut(bytes, {100, 2500}).size(), 2U);
  // Spans that are larger than a piece travel alone.
  EXPECT_EQ(cut(bytes, {100, 10}).size(), 3U);
}

TEST(SpanSplitter, ALargeResourceIsNotRepeatedForEverySpan) {
  std::vector<std::string> spans(100, span(kTrace, span_id(1)));
  const std::string bytes =
      field(1, field(1, std::string(5000, 'r')) + field(2, scope_spans(spans)));
  EXPECT_LE(cut(bytes, {1000, 4000}).size(), 4U);
}

}  // namespace
}  // namespace agent::codec
