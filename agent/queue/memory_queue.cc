#include "agent/queue/memory_queue.h"

#include <algorithm>

#include "agent/base/check.h"

namespace agent::queue {

MemoryQueue::MemoryQueue(std::uint64_t max_bytes, WhenFull when_full, OnDropped on_dropped)
    : max_bytes_(max_bytes), when_full_(when_full), on_dropped_(std::move(on_dropped)) {}

std::uint64_t MemoryQueue::size_of(const Block& block) {
  return block.payload->size() + sizeof(Slot) + block.receipts.size() * sizeof(model::ReceiptShare);
}

void MemoryQueue::count(const Block& block, int sign) {
  if (sign > 0) {
    records_ += block.records;
    bytes_ += size_of(block);
  } else {
    records_ -= block.records;
    bytes_ -= size_of(block);
  }
}

// Drops the oldest blocks that nobody is sending. False: even that is not enough.
bool MemoryQueue::make_room(std::uint64_t needed) {
  for (auto at = slots_.begin(); at != slots_.end() && bytes_ + needed > max_bytes_;) {
    if (at->out) {
      ++at;
      continue;
    }
    count(at->block, -1);
    const Block dropped = std::move(at->block);
    at = slots_.erase(at);
    on_dropped_(dropped);
  }
  return bytes_ + needed <= max_bytes_ || slots_.empty();
}

model::Push MemoryQueue::push(Block&& block) {
  const std::uint64_t needed = size_of(block);
  const bool fits = bytes_ + needed <= max_bytes_ || slots_.empty();
  if (!fits && (when_full_ == WhenFull::Block || when_full_ == WhenFull::Reject))
    return model::Push::Full;
  if (!fits && (when_full_ == WhenFull::DropNewest || !make_room(needed))) {
    const Block dropped = std::move(block);
    on_dropped_(dropped);
    return model::Push::Taken;
  }
  count(block, +1);
  slots_.push_back({next_id_++, false, std::move(block)});
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
  const auto at =
      std::find_if(slots_.begin(), slots_.end(), [id](const Slot& slot) { return slot.id == id; });
  AGENT_CHECK(at != slots_.end());
  return at;
}

Block MemoryQueue::ack(BlockId id) {
  const auto at = find(id);
  count(at->block, -1);
  Block block = std::move(at->block);
  slots_.erase(at);
  return block;
}

void MemoryQueue::give_back(BlockId id) { find(id)->out = false; }

const Block& MemoryQueue::peek(BlockId id) { return find(id)->block; }

void MemoryQueue::split(BlockId id, std::vector<Block> halves) {
  auto at = find(id);
  count(at->block, -1);
  at = slots_.erase(at);
  std::vector<Slot> slots;
  for (auto& half : halves) {
    count(half, +1);
    slots.push_back({next_id_++, false, std::move(half)});
  }
  slots_.insert(at, std::make_move_iterator(slots.begin()), std::make_move_iterator(slots.end()));
}

}  // namespace agent::queue
