#include "agent/traces/sampling_sink.h"

#include <utility>

namespace agent::traces {

codec::SpanVerdict SamplerFilter::decide(const codec::SpanView& span, std::string& trace_state) {
  if (!span.ids_valid) {
    ++invalid_ids_;
    return codec::SpanVerdict::Drop;
  }
  const auto decision = sampler_.decide(span.trace_id, span.trace_state, trace_state);
  if (decision.inconsistent) ++inconsistent_;
  if (!decision.keep) {
    ++sampled_out_;
    return codec::SpanVerdict::Drop;
  }
  return decision.rewrite ? codec::SpanVerdict::Rewrite : codec::SpanVerdict::Keep;
}

SamplingSink::SamplingSink(RatioSampler sampler, model::Sink<model::SpanBatch>& next,
                           selfmon::Ledger& ledger, const selfmon::Scope& scope)
    : sampler_(std::move(sampler)),
      next_(next),
      ledger_(ledger),
      inconsistent_(scope.counter("sampler_inconsistent_total",
                                  "Spans whose th says that they could not have been sampled.")),
      filter_(sampler_) {}

model::Push SamplingSink::push(model::SpanBatch&& batch) {
  if (sampler_.keeps_all()) return next_.push(std::move(batch));
  return push_sampled(std::move(batch));
}

model::Push SamplingSink::push_sampled(model::SpanBatch&& batch) {
  filter_.reset();
  const auto counts = rewriter_.walk(batch.otlp, filter_);
  // Whoever made the batch has walked it before.
  AGENT_CHECK(counts.has_value());
  if (counts->unchanged() && counts->kept > 0) {
    const auto answer = next_.push(std::move(batch));
    if (answer == model::Push::Taken) count();
    return answer;
  }
  if (counts->kept > 0) {
    model::SpanBatch kept;
    rewriter_.write(kept.otlp);
    kept.spans = counts->kept;
    if (next_.push(std::move(kept)) == model::Push::Full) return model::Push::Full;
  }
  count();
  return model::Push::Taken;
}

void SamplingSink::count() {
  if (filter_.sampled_out() > 0) ledger_.dropped().add("sampled_out", filter_.sampled_out());
  if (filter_.invalid_ids() > 0) ledger_.dropped().add("invalid_id", filter_.invalid_ids());
  if (filter_.inconsistent() > 0) inconsistent_.add(filter_.inconsistent());
}

}  // namespace agent::traces
