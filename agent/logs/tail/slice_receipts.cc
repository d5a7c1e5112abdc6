#include "agent/logs/tail/slice_receipts.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "agent/base/check.h"

namespace agent::logs {

SliceReceipts::SliceReceipts(const ReadMark& start, model::ReceiptBook& receipts,
                             std::function<void(const ReadMark&)> committed)
    : receipts_(receipts), committed_(std::move(committed)), newest_(start) {}

SliceReceipts::~SliceReceipts() { forget(); }

void SliceReceipts::forget() {
  for (const auto& slice : slices_)
    receipts_.forget(slice.receipt);
  slices_.clear();
}

void SliceReceipts::start_again(const ReadMark& start) {
  forget();
  newest_ = start;
}

void SliceReceipts::open(model::LogBatch& batch, const ReadMark& end) {
  if (batch.entries.empty() && newest_ == end) return;
  newest_ = end;
  Slice slice{0, 0, end, batch.entries.empty()};
  if (!slice.settled) {
    AGENT_CHECK(batch.entries.size() <= std::numeric_limits<std::uint32_t>::max());
    slice.number = ++last_number_;
    slice.receipt = receipts_.open(static_cast<std::uint32_t>(batch.entries.size()),
                                   [this, number = last_number_] { on_settled(number); });
    for (auto& entry : batch.entries)
      entry.receipt = slice.receipt;
  }
  slices_.push_back(slice);
  if (slice.settled) commit();
}

void SliceReceipts::on_settled(std::uint64_t number) {
  const auto slice = std::find_if(slices_.begin(), slices_.end(),
                                  [&](const Slice& open) { return open.number == number; });
  if (slice == slices_.end()) return;
  slice->settled = true;
  commit();
}

void SliceReceipts::commit() {
  bool moved = false;
  ReadMark end;
  while (!slices_.empty() && slices_.front().settled) {
    end = slices_.front().end;
    slices_.pop_front();
    moved = true;
  }
  if (moved) committed_(end);
}

}  // namespace agent::logs
