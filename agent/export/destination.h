#pragma once
// One backend: its outbox, its sender, its side of the ledger.
//
// DESIGN. States of the sender: Idle (nothing to send, or as many tries under way as are allowed),
// Sending, Waiting (a retry is due later). While Waiting nothing else is sent: the delay applies to
// the destination. A failure that concerns a tenant (429, 401, 403) lets that tenant wait in a lane
// of its own, with a backoff of its own; the others go on. A lane has at most
// `concurrency_of_a_tenant` tries under way, which keeps its blocks in order. After five failed
// tries in a row the circuit is open: one try at a time until one succeeds; then the tries allowed
// at once double with each success up to `concurrency`. A block is acknowledged only by a final
// outcome; until then it stays in the queue. A destination waits for nobody and holds up nobody.
// Spec: delivery.md 4.
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>

#include "agent/base/log.h"
#include "agent/export/pause.h"
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
    /// What the search for the bad records of a block may cost in requests, as long as good parts
    /// keep turning up; 0: 2 log2(n), whatever turns up (traces.md 5.2).
    int search_requests = 0;
    int concurrency = 1;              ///< 1 keeps the order of blocks
    int concurrency_of_a_tenant = 0;  ///< 1 keeps the order of its blocks; 0: as `concurrency`
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
  /// Gives up what is still held: dropped with `reason`. Returns how many of these records have no
  /// receipt: nobody reads them again.
  std::uint64_t drop_all(std::string_view reason, Receipts receipts);
  const std::string& name() const { return config_.name; }

 private:
  using BlockId = queue::MemoryQueue::BlockId;
  /// The search for the bad records of a block; shared by its parts.
  struct Search {
    int left = 0;             ///< requests that it may still cost
    int left_until_good = 0;  ///< the same, before a good part has to turn up
    int until_good = 0;
  };
  /// What a block went through; kept only for blocks that failed or came out of a split.
  struct History {
    int failed_tries = 0;
    std::shared_ptr<Search> search;  ///< null: halved for its size, or not at all
  };

  /// A tenant that has tries under way or failures behind it.
  struct Lane {
    Lane(loop::EventLoop& loop, Random& random, Backoff::Limits limits, loop::Callback over)
        : pause(loop, random, limits, std::move(over)) {}
    Pause pause;
    int running = 0;
  };

  void send_more();
  bool may_send(const std::string& tenant) const;
  Lane& lane_of(const std::string& tenant);
  void on_lane_over(const std::string& tenant);
  void leave_lane(const std::string& tenant);
  void start(queue::MemoryQueue::Item item);
  void on_outcome(BlockId id, const std::string& tenant, const Outcome& outcome);
  void on_delivered(BlockId id, Lane& lane, const Outcome& outcome);
  void on_rejected(const queue::Block& block, const Outcome& outcome, std::uint64_t rejected);
  void on_retry(BlockId id, Lane& lane, const Outcome& outcome);
  void on_refused(BlockId id, Lane& lane, const Outcome& outcome);
  void on_split(BlockId id, Lane& lane, const Outcome& outcome);
  std::shared_ptr<Search> begin_search(std::uint32_t records) const;
  void on_alive(Lane& lane);
  bool is_out_of_patience(const Outcome& outcome);
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
  Pause pause_;
  std::map<std::string, Lane> lanes_;       // by tenant; without one: ""
  int failures_ = 0;                        ///< in a row, of those that open the circuit
  int allowed_tries_;                       ///< at once; 1..concurrency
  std::optional<SteadyTime> unwell_since_;  ///< first of the answers in a row with keep_for
  // Draining, while drained_ is set.
  loop::Timer drain_deadline_;
  loop::Timer drain_empty_;
  loop::Callback drained_;
  std::set<std::string> blocked_tenants_;  ///< whose newest answer said so
  std::string last_error_;
  Timestamp last_success_{};
  selfmon::Counter& retries_;
  selfmon::Counter& sent_bytes_;
};

}  // namespace agent::exporter
