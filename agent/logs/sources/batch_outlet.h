#pragma once
// The last step of a source that gathers entries: one batch, and what happens while there is no
// room for it.
#include "agent/loop/event_loop.h"
#include "agent/model/log_batch.h"
#include "agent/model/sink.h"
#include "agent/selfmon/metrics.h"

namespace agent::logs {

/// Hands one batch after the other to the sink. A batch that finds no room is kept and offered
/// again every 50 ms; its source must not add to it meanwhile. Loop thread.
class BatchOutlet {
 public:
  /// `taken` counts the entries that the sink took (the ledger's `in`). All outlive this.
  BatchOutlet(model::Sink<model::LogBatch>& next, loop::EventLoop& loop, selfmon::Counter& taken);

  /// The batch to add entries to; only while !stalled().
  model::LogBatch& batch() { return batch_; }
  bool stalled() const { return stalled_; }
  /// Offers what is in the batch. False: no room; `on_room` runs once, in a later turn, when the
  /// sink has taken it (not if the outlet goes before).
  bool push(loop::Callback on_room);
  /// Offers a batch that waits, now and not in 50 ms. True when the sink took it.
  bool offer_again();
  /// Offers what is in the batch once; where there is no room it is thrown away, and its entries
  /// were never counted as taken. For sources that can refuse (HTTP 429). The entries refused.
  std::size_t push_or_refuse();

 private:
  bool offer();
  void wait();
  model::Sink<model::LogBatch>& next_;
  loop::EventLoop& loop_;
  selfmon::Counter& taken_;
  model::LogBatch batch_;
  bool stalled_ = false;
  loop::Callback on_room_;
  loop::Timer timer_;
};

}  // namespace agent::logs
