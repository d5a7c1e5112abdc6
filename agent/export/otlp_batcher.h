#pragma once
// Joins requests into batches for one exporter, and cuts those that are too large. Spec:
// traces.md 1.2.
//
// DESIGN. A batch grows in `pending_` until it is large or old enough. Then it becomes a block, and
// the block goes to the output. If the output is full, the block waits in `ready_` and push()
// answers Full from then on, so that never more than one batch and one request are held here. A
// request that is larger than a batch waits as a whole and is cut piece by piece as the output
// takes them.
#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "agent/base/clock.h"
#include "agent/codec/otlp_traces.h"
#include "agent/loop/event_loop.h"
#include "agent/model/otlp_exporter.h"
#include "agent/model/sink.h"
#include "agent/model/span_batch.h"
#include "agent/queue/block.h"

namespace agent::exporter {

class OtlpBatcher final : public model::Sink<model::SpanBatch> {
 public:
  /// Takes a block or leaves it untouched (Full).
  using Output = std::function<model::Push(queue::Block&&)>;

  /// `loop` and `clock` outlive it.
  OtlpBatcher(loop::EventLoop& loop, const Clock& clock, model::OtlpBatchConfig config,
              model::OtlpCompression compression, Output output);

  /// Full when what came before has not found room yet; `batch` is then untouched.
  model::Push push(model::SpanBatch&& batch) override;
  /// Hands over everything that is held, whatever its age; false when the output is full before
  /// the end.
  bool flush();
  /// Spans that are held here.
  std::uint64_t held_records() const;

 private:
  bool hand_over_waiting();
  bool hand_over(model::SpanBatch&& batch);
  void split(model::SpanBatch&& batch);
  void append(model::SpanBatch&& batch);
  bool is_oversized(std::uint64_t spans, std::uint64_t bytes) const;
  void arm(Duration delay);
  void on_timer();

  loop::EventLoop& loop_;
  const Clock& clock_;
  model::OtlpBatchConfig config_;
  model::OtlpCompression compression_;
  Output output_;
  model::SpanBatch pending_;
  Timestamp oldest_{};  // arrival of the first span in pending_
  std::optional<queue::Block> ready_;
  std::string large_;              // the request that splitter_ reads
  std::uint32_t large_spans_ = 0;  // of it, not yet in a block
  std::optional<codec::SpanSplitter> splitter_;
  loop::Timer timer_;
  bool armed_ = false;
};

}  // namespace agent::exporter
