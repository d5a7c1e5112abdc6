// The wire walk: any bytes are refused or rewritten into a request that walks again.
#include <cstdint>
#include <string>

#include "agent/base/check.h"
#include "agent/codec/otlp_traces.h"

namespace {

using agent::codec::SpanVerdict;

class EveryOther final : public agent::codec::SpanFilter {
 public:
  SpanVerdict decide(const agent::codec::SpanView& /*span*/, std::string& trace_state) override {
    switch (count_++ % 3) {
      case 0:
        return SpanVerdict::Keep;
      case 1:
        trace_state += "ot=th:8";
        return SpanVerdict::Rewrite;
      default:
        return SpanVerdict::Drop;
    }
  }

 private:
  int count_ = 0;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  EveryOther filter;
  agent::codec::SpanRewriter rewriter;
  const auto counts = rewriter.walk(bytes, filter);
  if (!counts) return 0;
  std::string kept;
  rewriter.write(kept);
  const auto again = agent::codec::count_spans(kept);
  AGENT_CHECK(again && *again == counts->kept);

  agent::codec::SpanSplitter splitter(bytes, {2, 200});
  std::uint32_t spans = 0;
  for (agent::codec::SpanSplitter::Piece piece; splitter.next(piece);) {
    AGENT_CHECK(piece.spans >= 1 && piece.spans <= 2);
    const auto counted = agent::codec::count_spans(piece.otlp);
    AGENT_CHECK(counted && *counted == piece.spans);
    spans += piece.spans;
  }
  AGENT_CHECK(spans == counts->spans);
  return 0;
}
