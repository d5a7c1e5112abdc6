#pragma once
// The batches of a source that are under way, and the cursor up to which all is settled.
#include <cstdint>
#include <deque>
#include <functional>
#include <string>

#include "agent/model/log_batch.h"
#include "agent/model/receipt_book.h"

namespace agent::logs {

/// Opens one receipt for each batch. The committed cursor is that of the oldest batches whose
/// entries are all settled, whatever order they come back in. Loop thread.
class CursorReceipts {
 public:
  /// `committed` gets the cursor when it moves, possibly from inside ReceiptBook::settle(). The
  /// book outlives this.
  CursorReceipts(model::ReceiptBook& receipts, std::function<void(const std::string&)> committed);
  CursorReceipts(const CursorReceipts&) = delete;
  CursorReceipts& operator=(const CursorReceipts&) = delete;
  ~CursorReceipts();

  /// The entries of `batch`, which may have none, end at `cursor` and get their receipt.
  void open(model::LogBatch& batch, std::string cursor);
  bool all_settled() const { return batches_.empty(); }

 private:
  struct Batch {
    std::uint64_t number = 0;
    model::ReceiptId receipt = 0;
    std::string cursor;
    bool settled = false;
  };
  void on_settled(std::uint64_t number);
  void commit();

  model::ReceiptBook& receipts_;
  std::function<void(const std::string&)> committed_;
  std::deque<Batch> batches_;  // oldest first
  std::uint64_t last_number_ = 0;
};

}  // namespace agent::logs
