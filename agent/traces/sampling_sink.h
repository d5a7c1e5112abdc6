#pragma once
// The head sampler in the pipeline. Spec: traces.md 6.3, 6.6.
#include "agent/codec/otlp_traces.h"
#include "agent/model/sink.h"
#include "agent/model/span_batch.h"
#include "agent/selfmon/ledger.h"
#include "agent/traces/ratio_sampler.h"

namespace agent::traces {

/// Applies a sampler to the spans of a request and counts. Spans whose ids are not valid never get
/// to the sampler.
class SamplerFilter final : public codec::SpanFilter {
 public:
  explicit SamplerFilter(const RatioSampler& sampler) : sampler_(sampler) {}
  codec::SpanVerdict decide(const codec::SpanView& span, std::string& trace_state) override;

  std::uint32_t invalid_ids() const { return invalid_ids_; }
  std::uint32_t sampled_out() const { return sampled_out_; }
  std::uint32_t inconsistent() const { return inconsistent_; }
  void reset() { invalid_ids_ = sampled_out_ = inconsistent_ = 0; }

 private:
  const RatioSampler& sampler_;
  std::uint32_t invalid_ids_ = 0;
  std::uint32_t sampled_out_ = 0;
  std::uint32_t inconsistent_ = 0;
};

/// Passes on the spans that the sampler keeps. Full when the next sink is: the batch is then
/// untouched and nothing is counted. A batch that keeps no span is Taken and goes no further.
class SamplingSink final : public model::Sink<model::SpanBatch> {
 public:
  /// Counts dropped{sampled_out} in `ledger`, sampler_inconsistent_total in `scope`. `next` and
  /// `ledger` outlive it.
  SamplingSink(RatioSampler sampler, model::Sink<model::SpanBatch>& next, selfmon::Ledger& ledger,
               const selfmon::Scope& scope);
  model::Push push(model::SpanBatch&& batch) override;

 private:
  model::Push push_sampled(model::SpanBatch&& batch);
  void count();

  RatioSampler sampler_;
  model::Sink<model::SpanBatch>& next_;
  selfmon::Ledger& ledger_;
  selfmon::Counter& inconsistent_;
  SamplerFilter filter_;
  codec::SpanRewriter rewriter_;
};

}  // namespace agent::traces
