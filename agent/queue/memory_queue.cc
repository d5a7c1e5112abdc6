#include "agent/queue/memory_queue.h"

#include <algorithm>

#include "agent/base/check.h"

namespace agent::queue {

MemoryQueue::MemoryQueue(std::uint64_t max_bytes, WhenFull when_full, OnDropped on_dropped)
    : max_bytes_(max_bytes), when_full_(when_full), on_dropped_(std::move(on_dropped)) {}

std::uint64_t MemoryQueue::size_of(const Block& block) {
  return block.payload->size() + sizeof(Slot) + block.tenant.size() +
         block.receipts.size() * sizeof(model::ReceiptShare);
}

void MemoryQueue::count_in(const Block& block) {
  records_ += block.records;
  bytes_ += size_of(block);
}

void MemoryQueue::count_out(const Block& block) {
  records_ -= block.records;
  bytes_ -= size_of(block);
}

// Moves the oldest blocks that nobody is sending to `dropped` until `needed` bytes fit. False, and
// nothing is moved: not even all of them would be enough.
bool MemoryQueue::make_room(std::uint64_t needed, std::vector<Slot>& dropped) {
  std::uint64_t stays = 0;
  for (const Slot& slot : slots_)
    if (slot.out) stays += size_of(slot.block);
  if (stays > 0 && stays + needed > max_bytes_) return false;
  for (auto at = slots_.begin(); at != slots_.end() && bytes_ + needed > max_bytes_;) {
    if (at->out) {
      ++at;
      continue;
    }
    count_out(at->block);
    dropped.push_back(std::move(*at));
    at = slots_.erase(at);
  }
  return true;
}

model::Push MemoryQueue::push(Block&& block) {
  const std::uint64_t needed = size_of(block);
  const bool fits = bytes_ + needed <= max_bytes_ || slots_.empty();
  if (!fits && (when_full_ == WhenFull::Block || when_full_ == WhenFull::Reject))
    return model::Push::Full;
  std::vector<Slot> dropped;
  if (!fits && (when_full_ == WhenFull::DropNewest || !make_room(needed, dropped))) {
    dropped.push_back({0, false, std::move(block)});
  } else {
    count_in(block);
    slots_.push_back({next_id_++, false, std::move(block)});
  }
  for (const Slot& slot : dropped)
    on_dropped_(slot.id, slot.block);
  return model::Push::Taken;
}

std::optional<MemoryQueue::Item> MemoryQueue::take() {
  const auto at =
      std::find_if(slots_.begin(), slots_.end(), [](const Slot& slot) { return !slot.out; });
  if (at == slots_.end()) return std::nullopt;
  at->out = true;
  return Item{at->id, at->block.payload, at->block.records, at->block.tenant};
}

std::deque<MemoryQueue::Slot>::iterator MemoryQueue::find(BlockId id) {
  const auto at = std::find_if(slots_.begin(), slots_.end(),
                               [id](const Slot& slot) { return slot.id == id && slot.out; });
  AGENT_CHECK(at != slots_.end());
  return at;
}

Block MemoryQueue::ack(BlockId id) {
  const auto at = find(id);
  count_out(at->block);
  Block block = std::move(at->block);
  slots_.erase(at);
  return block;
}

void MemoryQueue::give_back(BlockId id) { find(id)->out = false; }

const Block& MemoryQueue::peek(BlockId id) { return find(id)->block; }

std::vector<MemoryQueue::BlockId> MemoryQueue::split(BlockId id, std::vector<Block> parts) {
  auto at = find(id);
  const std::uint64_t records_before = records_;
  count_out(at->block);
  at = slots_.erase(at);
  std::vector<BlockId> ids;
  for (Block& part : parts) {
    count_in(part);
    ids.push_back(next_id_);
    at = slots_.insert(at, {next_id_++, false, std::move(part)});
    ++at;
  }
  AGENT_CHECK(records_ == records_before);
  return ids;
}

}  // namespace agent::queue
