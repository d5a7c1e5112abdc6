#pragma once
// One backend: its outbox, its sender, its side of the ledger.
//
// DESIGN. States of the sender: Idle (nothing to send, or as many tries under way as are allowed),
// Sending, Waiting (a retry is due later). While Waiting nothing else is sent: the delay applies to
// the destination. After five failed tries in a row the circuit is open: one try at a time until
// one succeeds; then the tries allowed at once double with each success up to `concurrency`. A
// block is acknowledged only by a final outcome; until then it stays in the queue. A destination
// waits for nobody and holds up nobody. Spec: delivery.md 4.
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "agent/base/backoff.h"
#include "agent/base/log.h"
#include "agent/export/transport.h"
#include "agent/loop/event_loop.h"
#include "agent/model/receipt_book.h"
#include "agent/model/status.h"
#include "agent/queue/memory_queue.h"
#include "agent/selfmon/ledger.h"

namespace agent::exporter {

class Destination {
 public:
  struct Config {
    std::string name;  ///< of the ledger's account
    std::string url;   ///< for people, without user info
    std::uint64_t max_bytes = 64ULL << 20U;
    queue::WhenFull when_full = queue::WhenFull::Block;
    Backoff::Limits backoff;
    int concurrency = 1;  ///< 1 keeps the order of blocks
  };
  /// What a destination needs from around it; all outlive it.
  struct Environment {
    loop::EventLoop& loop;
    const Clock& clock;
    Random& random;
    Logger& log;
    selfmon::Scope scope;
    model::ReceiptBook& receipts;
  };

  Destination(Config config, std::unique_ptr<Transport> transport, selfmon::Account& account,
              Environment environment);
  Destination(const Destination&) = delete;
  Destination& operator=(const Destination&) = delete;
  ~Destination();

  /// Takes a block into the outbox, or leaves it untouched (Full).
  model::Push push(queue::Block&& block);
  std::uint64_t held_records() const { return queue_.records(); }
  model::DestinationStatus status() const;
  /// Calls `done` in a later turn once nothing is held, at the latest when `deadline` has passed. A
  /// delay of our own is cut short: what is held is tried once more. One caller at a time.
  void drain(Duration deadline, loop::Callback done);
  /// What becomes of the receipts of records that are given up.
  enum class Receipts {
    StayOpen,  ///< a source that can read again will, after a restart
    Settle,    ///< nobody waits for this destination any more
  };
  /// Gives up what is still held: dropped with `reason`.
  void drop_all(std::string_view reason, Receipts receipts);
  const std::string& name() const { return config_.name; }

 private:
  using BlockId = queue::MemoryQueue::BlockId;
  /// What a block went through; kept only for blocks that failed or came out of a split.
  struct History {
    int failed_tries = 0;
    std::shared_ptr<int> tries_left;  ///< shared by the parts of a bad block; null: no limit
  };

  void send_more();
  void start(queue::MemoryQueue::Item item);
  void on_outcome(BlockId id, const Outcome& outcome);
  void on_delivered(BlockId id, const Outcome& outcome);
  void on_retry(BlockId id, const Outcome& outcome);
  void on_refused(BlockId id, const Outcome& outcome);
  void on_split(BlockId id, const Outcome& outcome);
  void on_alive();
  bool is_out_of_patience(const Outcome& outcome);
  void wait(Duration delay, bool server_asks);
  void on_waited();
  void on_queue_full(BlockId id, const queue::Block& block);
  void drop_block(const queue::Block& block, std::string_view reason);
  void settle(const queue::Block& block);
  void finish_drain_if_empty();

  Config config_;
  std::unique_ptr<Transport> transport_;
  selfmon::Account& account_;
  Environment env_;
  queue::MemoryQueue queue_;
  std::map<BlockId, std::unique_ptr<Transport::Try>> running_;
  std::map<BlockId, History> history_;
  // How the backend has behaved lately.
  Backoff backoff_;
  int failures_ = 0;                        ///< in a row, of those that open the circuit
  int allowed_tries_;                       ///< at once; 1..concurrency
  std::optional<SteadyTime> unwell_since_;  ///< first of the answers in a row with keep_for
  // Waiting: retry_timer_ is armed, nothing is sent.
  loop::Timer retry_timer_;
  SteadyTime retry_due_{};
  bool waiting_ = false;
  bool server_asked_ = false;
  // Draining, while drained_ is set.
  loop::Timer drain_deadline_;
  loop::Timer drain_empty_;
  loop::Callback drained_;
  std::string last_error_;
  Timestamp last_success_{};
  selfmon::Counter& retries_;
  selfmon::Counter& sent_bytes_;
};

}  // namespace agent::exporter
