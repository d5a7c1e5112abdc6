#include "agent/queue/memory_queue.h"

#include <algorithm>
#include <utility>

#include "agent/base/check.h"

namespace agent::queue {

MemoryQueue::MemoryQueue(std::uint64_t max_bytes, WhenFull when_full, OnDropped on_dropped)
    : max_bytes_(max_bytes), when_full_(when_full), on_dropped_(std::move(on_dropped)) {}

std::uint64_t MemoryQueue::size_of(const Block& block) {
  return block.payload->size() + sizeof(Slot) + block.tenant.size() +
         block.receipts.size() * sizeof(model::ReceiptShare);
}

// What is out stands at the front, so this looks at few.
MemoryQueue::Lane::iterator MemoryQueue::first_ready(Lane& lane) {
  return std::find_if(lane.begin(), lane.end(), [](const Slot& slot) { return !slot.out; });
}

MemoryQueue::Place& MemoryQueue::place_of(BlockId id) {
  const auto known = places_.find(id);
  const bool is_out = known != places_.end() && known->second.slot->out;
  AGENT_CHECK(is_out);
  return known->second;
}

MemoryQueue::Slot MemoryQueue::remove(Place place) {
  Slot slot = std::move(*place.slot);
  const std::uint64_t size = size_of(slot.block);
  records_ -= slot.block.records;
  bytes_ -= size;
  if (slot.out) out_bytes_ -= size;
  places_.erase(slot.id);
  place.lane->second.erase(place.slot);
  if (place.lane->second.empty()) lanes_.erase(place.lane);
  return slot;
}

// Of all tenants; the caller knows that there is one.
MemoryQueue::Place MemoryQueue::oldest_ready() {
  Place oldest{lanes_.end(), {}};
  for (auto lane = lanes_.begin(); lane != lanes_.end(); ++lane) {
    const auto slot = first_ready(lane->second);
    if (slot == lane->second.end()) continue;
    if (oldest.lane == lanes_.end() || slot->arrival < oldest.slot->arrival) oldest = {lane, slot};
  }
  AGENT_CHECK(oldest.lane != lanes_.end());
  return oldest;
}

// Moves the oldest blocks that nobody is sending to `dropped` until `needed` bytes fit. False, and
// nothing is moved: not even all of them would be enough.
bool MemoryQueue::make_room(std::uint64_t needed, std::vector<Slot>& dropped) {
  if (out_bytes_ > 0 && out_bytes_ + needed > max_bytes_) return false;
  while (bytes_ > out_bytes_ && bytes_ + needed > max_bytes_)
    dropped.push_back(remove(oldest_ready()));
  return true;
}

bool MemoryQueue::fits(const Block& block) const {
  const std::uint64_t after = bytes_ + size_of(block);
  return after <= max_bytes_ || empty() ||
         (may_answer_full() && !holds(block.tenant) && after <= max_bytes_ + max_bytes_ / 4);
}

model::Push MemoryQueue::push(Block&& block) {
  const std::uint64_t needed = size_of(block);
  const bool fits = this->fits(block);
  if (!fits && may_answer_full()) return model::Push::Full;
  std::vector<Slot> dropped;
  if (!fits && (when_full_ == WhenFull::DropNewest || !make_room(needed, dropped))) {
    dropped.push_back({0, 0, false, std::move(block)});
  } else {
    records_ += block.records;
    bytes_ += needed;
    const auto lane = lanes_.try_emplace(block.tenant).first;
    lane->second.push_back({next_id_, next_arrival_++, false, std::move(block)});
    places_.emplace(next_id_++, Place{lane, std::prev(lane->second.end())});
  }
  for (const Slot& slot : dropped)
    on_dropped_(slot.id, slot.block);
  return model::Push::Taken;
}

std::optional<MemoryQueue::Item> MemoryQueue::take(const MaySend& may_send) {
  auto lane = lanes_.upper_bound(last_tenant_);
  for (std::size_t looked_at = 0; looked_at < lanes_.size(); ++looked_at, ++lane) {
    if (lane == lanes_.end()) lane = lanes_.begin();
    if (may_send && !may_send(lane->first)) continue;
    const auto slot = first_ready(lane->second);
    if (slot == lane->second.end()) continue;
    slot->out = true;
    out_bytes_ += size_of(slot->block);
    last_tenant_ = lane->first;
    return Item{slot->id, slot->block.payload, slot->block.records, slot->block.tenant};
  }
  return std::nullopt;
}

Block MemoryQueue::ack(BlockId id) { return remove(place_of(id)).block; }

void MemoryQueue::give_back(BlockId id) {
  Slot& slot = *place_of(id).slot;
  slot.out = false;
  out_bytes_ -= size_of(slot.block);
}

const Block& MemoryQueue::peek(BlockId id) { return place_of(id).slot->block; }

std::vector<MemoryQueue::BlockId> MemoryQueue::split(BlockId id, std::vector<Block> parts) {
  const Place whole = place_of(id);
  std::uint32_t records = 0;
  std::vector<BlockId> ids;
  for (Block& part : parts) {
    AGENT_CHECK(part.tenant == whole.lane->first);
    records += part.records;
    records_ += part.records;
    bytes_ += size_of(part);
    ids.push_back(next_id_);
    const auto slot = whole.lane->second.insert(
        whole.slot, {next_id_, whole.slot->arrival, false, std::move(part)});
    places_.emplace(next_id_++, Place{whole.lane, slot});
  }
  const bool nothing_lost = records == whole.slot->block.records;
  AGENT_CHECK(nothing_lost);
  remove(whole);
  return ids;
}

}  // namespace agent::queue
