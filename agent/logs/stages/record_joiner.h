#pragma once
// What joining two records into one means for who waits for them.
#include "agent/model/receipt_book.h"
#include "agent/selfmon/metrics.h"

namespace agent::logs {

/// Used by stages that make one entry out of several.
class RecordJoiner {
 public:
  RecordJoiner(model::ReceiptBook& receipts, selfmon::Counter& merged)
      : receipts_(receipts), merged_(merged) {}

  /// The record of `earlier` became part of one of `later`: its source hears of it when that one is
  /// settled, and the ledger counts it as merged.
  void join(model::ReceiptId earlier, model::ReceiptId later) {
    merged_.add();
    if (earlier == 0) return;
    if (earlier == later || later == 0) {
      receipts_.settle(earlier);
    } else {
      receipts_.settle_with(earlier, later);
    }
  }

 private:
  model::ReceiptBook& receipts_;
  selfmon::Counter& merged_;
};

}  // namespace agent::logs
