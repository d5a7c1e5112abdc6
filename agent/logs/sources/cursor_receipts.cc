#include "agent/logs/sources/cursor_receipts.h"

#include <algorithm>
#include <utility>

namespace agent::logs {

CursorReceipts::CursorReceipts(model::ReceiptBook& receipts,
                               std::function<void(const std::string&)> committed)
    : receipts_(receipts), committed_(std::move(committed)) {}

CursorReceipts::~CursorReceipts() {
  for (const auto& batch : batches_)
    receipts_.forget(batch.receipt);
}

void CursorReceipts::open(model::LogBatch& batch, std::string cursor) {
  Batch& opened =
      batches_.emplace_back(Batch{++last_number_, 0, std::move(cursor), batch.entries.empty()});
  if (opened.settled) return commit();
  opened.receipt = receipts_.open(static_cast<std::uint32_t>(batch.entries.size()),
                                  [this, number = last_number_] { on_settled(number); });
  for (auto& entry : batch.entries)
    entry.receipt = opened.receipt;
}

void CursorReceipts::on_settled(std::uint64_t number) {
  const auto batch = std::find_if(batches_.begin(), batches_.end(),
                                  [&](const Batch& open) { return open.number == number; });
  if (batch == batches_.end()) return;
  batch->settled = true;
  commit();
}

void CursorReceipts::commit() {
  std::string cursor;
  while (!batches_.empty() && batches_.front().settled) {
    cursor = std::move(batches_.front().cursor);
    batches_.pop_front();
  }
  if (!cursor.empty()) committed_(cursor);
}

}  // namespace agent::logs
