#pragma once
// The outbox of one destination, in memory. Reading is not acknowledging: take, send, then ack.
#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
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

/// A bounded queue of blocks, in order. Blocks that are being sent stay inside until ack(). Loop
/// thread.
class MemoryQueue {
 public:
  using BlockId = std::uint64_t;
  /// Called for each block that made room (its id) or did not fit (id 0); the reason is queue_full.
  /// The queue is consistent by then: the callback may use it.
  using OnDropped = std::function<void(BlockId, const Block&)>;

  MemoryQueue(std::uint64_t max_bytes, WhenFull when_full, OnDropped on_dropped);

  /// Takes `block`, or leaves it untouched (Full). A block larger than the whole queue is taken
  /// when nothing else has to stay inside.
  model::Push push(Block&& block);
  /// The oldest block that is not out; marks it as out.
  struct Item {
    BlockId id = 0;
    std::shared_ptr<const std::string> payload;
    std::uint32_t records = 0;
    std::string tenant;
  };
  std::optional<Item> take();
  /// A block that is out; good until the queue changes.
  const Block& peek(BlockId id);
  /// Sent, or finally given up: the block leaves the queue.
  Block ack(BlockId id);
  /// Not sent: it is the next one again, in its old place.
  void give_back(BlockId id);
  /// Puts `parts`, which hold the records of a block that is out, in its place (413, a bad record):
  /// they are next, in their order. Returns their ids.
  std::vector<BlockId> split(BlockId id, std::vector<Block> parts);

  std::uint64_t records() const { return records_; }
  std::uint64_t bytes() const { return bytes_; }
  std::size_t blocks() const { return slots_.size(); }
  bool empty() const { return slots_.empty(); }

 private:
  struct Slot {
    BlockId id = 0;
    bool out = false;
    Block block;
  };
  static std::uint64_t size_of(const Block& block);
  std::deque<Slot>::iterator find(BlockId id);
  bool make_room(std::uint64_t needed, std::vector<Slot>& dropped);
  void count_in(const Block& block);
  void count_out(const Block& block);

  std::uint64_t max_bytes_;
  WhenFull when_full_;
  OnDropped on_dropped_;
  std::deque<Slot> slots_;
  BlockId next_id_ = 1;
  std::uint64_t records_ = 0;
  std::uint64_t bytes_ = 0;
};

}  // namespace agent::queue
