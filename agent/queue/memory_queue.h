#pragma once
// The outbox of one destination, in memory. Reading is not acknowledging: take, send, then ack.
#include <cstdint>
#include <functional>
#include <list>
#include <map>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "agent/model/sink.h"
#include "agent/queue/block.h"

namespace agent::queue {

/// What happens to a block that does not fit. Spec: delivery.md 3.6.
enum class WhenFull {
  Block,       ///< push answers Full: the source waits (files, journals)
  DropOldest,  ///< the oldest blocks that are not being sent make room (scrapes)
  DropNewest,  ///< the new block is dropped
  Reject,      ///< as Block; the source gives a retryable answer (pushes)
};

/// A bounded queue of blocks, in order for each tenant; tenants take turns, so that the backlog of
/// one does not stand before the others. Blocks that are being sent stay inside until ack(). Loop
/// thread.
class MemoryQueue {
 public:
  using BlockId = std::uint64_t;
  /// Called for each block that made room (its id) or did not fit (id 0); the reason is queue_full.
  /// The queue is consistent by then: the callback may use it.
  using OnDropped = std::function<void(BlockId, const Block&)>;

  MemoryQueue(std::uint64_t max_bytes, WhenFull when_full, OnDropped on_dropped);

  /// Takes `block`, or leaves it untouched (Full). A block larger than the whole queue is taken
  /// when nothing else has to stay inside. Where Full is an answer, tenants of which nothing is
  /// inside have a quarter of `max_bytes` on top: the backlog of one does not stop the others.
  model::Push push(Block&& block);
  struct Item {
    BlockId id = 0;
    std::shared_ptr<const std::string> payload;
    std::uint32_t records = 0;
    std::string tenant;
  };
  using MaySend = std::function<bool(const std::string& tenant)>;
  /// The oldest block that is not out, of the next tenant that `may_send` (null: any); marks it as
  /// out.
  std::optional<Item> take(const MaySend& may_send = nullptr);
  /// A block that is out; good until the queue changes.
  const Block& peek(BlockId id);
  /// Sent, or finally given up: the block leaves the queue.
  Block ack(BlockId id);
  /// Not sent: it is its tenant's next one again, in its old place.
  void give_back(BlockId id);
  /// Puts `parts`, which hold the records of a block that is out, in its place (413, a bad record):
  /// they are next, in their order. Returns their ids.
  std::vector<BlockId> split(BlockId id, std::vector<Block> parts);

  std::uint64_t records() const { return records_; }
  std::uint64_t bytes() const { return bytes_; }
  std::size_t blocks() const { return places_.size(); }
  bool empty() const { return places_.empty(); }
  bool holds(const std::string& tenant) const { return lanes_.contains(tenant); }

 private:
  struct Slot {
    BlockId id = 0;
    std::uint64_t arrival = 0;  // parts have that of their whole
    bool out = false;
    Block block;
  };
  using Lane = std::list<Slot>;
  using Lanes = std::map<std::string, Lane>;  // none is empty
  struct Place {
    Lanes::iterator lane;
    Lane::iterator slot;
  };

  bool may_answer_full() const {
    return when_full_ == WhenFull::Block || when_full_ == WhenFull::Reject;
  }
  bool fits(const Block& block) const;
  static std::uint64_t size_of(const Block& block);
  static Lane::iterator first_ready(Lane& lane);
  Place& place_of(BlockId id);
  Place oldest_ready();
  Slot remove(Place place);
  bool make_room(std::uint64_t needed, std::vector<Slot>& dropped);

  std::uint64_t max_bytes_;
  WhenFull when_full_;
  OnDropped on_dropped_;
  Lanes lanes_;
  std::unordered_map<BlockId, Place> places_;
  std::string last_tenant_;  // whose turn it was
  BlockId next_id_ = 1;
  std::uint64_t next_arrival_ = 0;
  std::uint64_t records_ = 0;
  std::uint64_t bytes_ = 0;
  std::uint64_t out_bytes_ = 0;
};

}  // namespace agent::queue
