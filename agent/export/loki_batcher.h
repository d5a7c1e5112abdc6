#pragma once
// Gathers log entries into push requests for one Loki client. Spec: logs.md 1.2 (limits), 10.
//
// DESIGN. One open batch for each tenant. In it every stream is one string of encoded entries, so
// that an entry is written once, straight into its place; closing a batch compresses the streams
// where they lie and hands the block on. The strings are used again by the next batches, and given
// back to the system when nothing is held. Blocks that the queue does not take wait here, and as
// long as one of a tenant waits push() takes nothing of that tenant: what is held beyond the queue
// is what one input batch made. So Full always means that nothing of the batch was taken.
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "agent/base/clock.h"
#include "agent/codec/compression.h"
#include "agent/export/loki_metrics.h"
#include "agent/loop/event_loop.h"
#include "agent/model/label_set.h"
#include "agent/model/log_batch.h"
#include "agent/model/receipt_book.h"
#include "agent/model/sink.h"
#include "agent/queue/block.h"
#include "agent/selfmon/ledger.h"

namespace agent::exporter {

class LokiBatcher {
 public:
  struct Config {
    std::string tenant_id;  ///< where the entry names none
    model::LabelSet external_labels;
    Duration batchwait = std::chrono::seconds(1);
    std::uint64_t batchsize_bytes = 1 << 20;
    std::uint64_t max_streams = 0;          ///< in one batch; 0: no limit
    std::uint64_t max_line_size_bytes = 0;  ///< 0: no limit
    bool max_line_size_truncate = false;
  };
  /// What is referred to outlives the batcher.
  struct Environment {
    loop::EventLoop& loop;
    model::ReceiptBook& receipts;
    selfmon::Account& account;
    LokiMetrics metrics;
  };
  /// Takes a block or leaves it untouched.
  using Output = std::function<model::Push(queue::Block&&)>;

  LokiBatcher(Config config, Environment environment, Output output);
  LokiBatcher(const LokiBatcher&) = delete;
  LokiBatcher& operator=(const LokiBatcher&) = delete;
  ~LokiBatcher();

  /// Takes all entries, or none (Full). The text is copied; the batch is not changed, so that
  /// several clients can take it one after the other.
  model::Push push(const model::LogBatch& batch);
  /// What push() would answer now. Hands on what waits, where it can.
  bool has_room(const model::LogBatch& batch);
  /// Closes what is open, whatever its age; for the end.
  void flush();
  /// Closes what is older than batchwait and hands on what waits. The loop calls it while anything
  /// is held.
  void tick();
  /// Entries taken and not yet with the queue.
  std::uint64_t held_records() const { return held_; }

 private:
  struct Stream {
    model::PinnedLabels labels;
    std::string text;  // "": no label is left
    std::string entries;
  };
  struct Batch {
    std::vector<Stream> streams;
    std::unordered_map<const model::Labels*, std::size_t> by_labels;
    std::uint64_t counted_bytes = 0;  // as batchsize counts
    std::uint32_t records = 0;
    Timestamp oldest = Timestamp::max();
    SteadyTime opened{};
    std::vector<model::ReceiptShare> receipts;
    std::uint64_t encoded_bytes = 0;
  };

  void add(const model::LogEntry& entry);
  Batch& batch_of(const model::LogEntry& entry);
  Stream* stream_of(Batch& batch, const model::Labels* labels);
  bool cut_line(std::string_view& line, const model::Labels* labels);
  void drop(const model::LogEntry& entry, std::string_view reason, std::string_view peers_reason);
  std::string_view tenant_of(const model::Labels* labels) const;
  void close(const std::string& tenant, Batch& batch);
  std::string take_buffer();
  void keep_buffer(std::string buffer);
  void release_memory();
  void hand_on();
  void watch_age();

  Config config_;
  Environment env_;
  Output output_;
  std::map<std::string, Batch, std::less<>> open_;
  std::map<std::string, std::deque<queue::Block>, std::less<>> waiting_;  // none is empty
  codec::SnappyCompressor compressor_;
  std::vector<std::string> buffers_;  // empty, with the room they have grown
  std::size_t buffers_bytes_ = 0;
  std::uint64_t held_ = 0;
  // The stream of the entry before, which is mostly that of the next.
  const model::Labels* last_labels_ = nullptr;
  Batch* last_batch_ = nullptr;
  Stream* last_stream_ = nullptr;
  loop::Timer timer_;
};

}  // namespace agent::exporter
