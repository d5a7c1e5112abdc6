#pragma once
// The slices of one file that are under way, and how far it is committed.
#include <cstdint>
#include <deque>
#include <functional>

#include "agent/logs/tail/identity.h"
#include "agent/model/log_batch.h"
#include "agent/model/receipt_book.h"

namespace agent::logs {

/// A place in a file: everything before it was handed over.
struct ReadMark {
  std::uint64_t offset = 0;          ///< what a position counts: bytes, or lines
  bool mid_line = false;             ///< the rest of a cut line follows
  std::uint64_t bytes = 0;           ///< of the file that were read for it
  std::uint64_t finished_bytes = 0;  ///< the file was read to its end, at this size; 0: not yet
  Fingerprint before{};              ///< of the bytes before it, where the reader takes one
  friend bool operator==(const ReadMark&, const ReadMark&) = default;
};

/// Opens one receipt for each slice. The committed mark is the end of the oldest slices whose
/// entries are all settled, whatever order they come back in. Loop thread.
class SliceReceipts {
 public:
  /// `committed` gets the mark when it moves, possibly from inside ReceiptBook::settle(). The book
  /// outlives this.
  SliceReceipts(const ReadMark& start, model::ReceiptBook& receipts,
                std::function<void(const ReadMark&)> committed);
  SliceReceipts(const SliceReceipts&) = delete;
  SliceReceipts& operator=(const SliceReceipts&) = delete;
  ~SliceReceipts();

  /// The entries of `batch` end at `end` and get their receipt. Nothing happens for a batch without
  /// entries that ends where the one before it did.
  void open(model::LogBatch& batch, const ReadMark& end);
  /// Other bytes from now on: what is under way says nothing about them.
  void start_again(const ReadMark& start);
  bool all_settled() const { return slices_.empty(); }

 private:
  struct Slice {
    std::uint64_t number = 0;
    model::ReceiptId receipt = 0;
    ReadMark end;
    bool settled = false;
  };
  void forget();
  void on_settled(std::uint64_t number);
  void commit();

  model::ReceiptBook& receipts_;
  std::function<void(const ReadMark&)> committed_;
  ReadMark newest_;           // end of the last slice
  std::deque<Slice> slices_;  // oldest first
  std::uint64_t last_number_ = 0;
};

}  // namespace agent::logs
