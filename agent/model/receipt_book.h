#pragma once
// Who still owes an answer for what a source handed over.
//
// DESIGN. A source that can read again (a file, a journal) opens a receipt for each slice it hands
// over, with the number of records in it. Whoever finishes a record (delivers it, drops it with a
// reason) settles one. Fan-out to D destinations adds D-1. When a receipt's count reaches zero its
// owner is told, and may move its position. Nothing is settled by destruction: what was not settled
// is read again after a restart.
#include <cstdint>
#include <functional>
#include <unordered_map>
#include <vector>

namespace agent::model {

/// 0: nobody waits for this record.
using ReceiptId = std::uint64_t;

/// Some records of one receipt, as carried by encoded blocks.
struct ReceiptShare {
  ReceiptId id = 0;
  std::uint32_t records = 0;
};

/// Counts open records by receipt. Loop thread.
class ReceiptBook {
 public:
  /// Called once, from inside the last settle(), when nothing of the receipt is open any more. It
  /// may open receipts.
  using Closed = std::function<void()>;

  /// A new receipt with `records` open; `records` may be 0 if add() follows before control returns
  /// to the loop.
  ReceiptId open(std::uint32_t records, Closed closed);
  /// `records` more have to be settled (fan-out, a line split in two).
  void add(ReceiptId id, std::uint32_t records);
  void settle(ReceiptId id, std::uint32_t records = 1);
  /// A record of `earlier` went into a record of `later` (lines joined): it is settled when `later`
  /// closes.
  void settle_with(ReceiptId earlier, ReceiptId later);
  /// The source is gone: its callback will not run.
  void forget(ReceiptId id);
  std::size_t open_receipts() const { return receipts_.size(); }

 private:
  struct Receipt {
    std::uint64_t open = 0;
    Closed closed;
    std::vector<ReceiptId> with;  // one record of each is settled when this one closes
  };
  std::unordered_map<ReceiptId, Receipt> receipts_;
  ReceiptId last_ = 0;
};

/// Appends `records` of `id` to `shares`, joined with the last share where that is of the same
/// receipt.
void add_share(std::vector<ReceiptShare>& shares, ReceiptId id, std::uint32_t records = 1);

}  // namespace agent::model
