#pragma once
// The ledger of one signal: every record counted in, out, dropped with its reason, held. Spec:
// delivery.md 8.
//
// A record that goes to D destinations is counted once for each. What happens before the fan-out
// (stages, samplers) counts for every destination. `held` is never derived from the other numbers:
// the pipeline counts its queues and hands the count to snapshot(), so that a lost record shows as
// a balance that is not 0.
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "agent/base/strings.h"
#include "agent/model/status.h"
#include "agent/selfmon/metrics.h"

namespace agent::selfmon {

/// Drop counters by reason, made on first use. Reasons are the closed list of delivery.md 8.
class Drops {
 public:
  explicit Drops(Scope scope) : scope_(std::move(scope)) {}
  Counter& reason(std::string_view reason);
  void add(std::string_view why, std::uint64_t records) { reason(why).add(records); }
  std::map<std::string, std::uint64_t> values() const;

 private:
  Scope scope_;
  std::map<std::string, Counter*, std::less<>> by_reason_;
};

/// One destination's side of the ledger.
class Account {
 public:
  explicit Account(const Scope& scope);
  Counter& delivered() { return delivered_; }
  Drops& dropped() { return dropped_; }
  const Counter& delivered() const { return delivered_; }
  const Drops& dropped() const { return dropped_; }

 private:
  friend class Ledger;
  enum class Place { Unknown, Joined, Left };
  Place place_ = Place::Unknown;
  std::uint64_t missed_ = 0;   // records that passed before it joined
  std::uint64_t left_at_ = 0;  // what had passed when it left
  Counter& delivered_;
  Drops dropped_;
};

/// Written on its pipeline's thread; snapshot() there too. The counters behind it are exported as
/// records_total{signal, stage, source | destination, reason}.
class Ledger {
 public:
  /// `signal` is "metrics", "logs" or "traces"; `scope` is the process' scope.
  Ledger(std::string_view signal, const Scope& scope);

  /// Records taken from one kind of source ("file", "scrape", "otlp").
  Counter& in(std::string_view source);
  /// Records dropped before the fan-out.
  Drops& dropped() { return dropped_; }
  /// Records that went into another one (lines joined), and records made on the way.
  Counter& merged() { return merged_; }
  Counter& created() { return created_; }
  /// The account of one destination; made on first use, kept for the life of the process.
  Account& destination(std::string_view name);

  /// From now on all that passes the fan-out goes to `name` as well (it is configured), or no
  /// longer does. What passes in between is `missed` there. `held_before` as for snapshot().
  void join(std::string_view name, std::uint64_t held_before);
  void leave(std::string_view name, std::uint64_t held_before);

  /// What is held in a destination's batcher and queue, and nothing else.
  struct Held {
    std::string destination;
    std::uint64_t records = 0;
  };
  /// One entry a destination in `held`. `held_before` counts what is held before the fan-out
  /// (stages).
  std::vector<model::LedgerEntry> snapshot(std::uint64_t held_before,
                                           const std::vector<Held>& held) const;

 private:
  std::uint64_t passed(std::uint64_t held_before) const;
  std::string signal_;
  Scope scope_;
  std::map<std::string, Counter*, std::less<>> in_;
  Drops dropped_;
  Counter& merged_;
  Counter& created_;
  std::map<std::string, std::unique_ptr<Account>, std::less<>> destinations_;
};

}  // namespace agent::selfmon
