#pragma once
// How one block gets to one backend: a protocol behind one verb. (The folder is export/; `export`
// is a C++ keyword, so the namespace is exporter.)
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "agent/base/clock.h"
#include "agent/queue/block.h"

namespace agent::exporter {

/// What became of one try.
struct Outcome {
  enum class Kind {
    Delivered,  ///< the server has it; `rejected` records of it were refused
    Retry,      ///< keep it and try again
    Drop,       ///< the server will never take it
    Split,      ///< too large: try the halves; a single record is dropped
  };
  Kind kind = Kind::Retry;
  std::string reason;  ///< ledger reason of Drop, of rejected records, and of Split where a single
                       ///< record is refused: "http_400", "backend_rejected", "too_large"
  std::uint64_t rejected = 0;  ///< of a Delivered block; more than it holds means all of it
  /// Whom a Retry concerns: everything that goes to this backend, or what goes there for this
  /// tenant (its rate, its token).
  enum class Concerns { Destination, Tenant } concerns = Concerns::Destination;
  Duration at_least{};  ///< Retry: the shortest delay (Retry-After, RetryInfo, a fault that people
                        ///< must mend); 0: nothing was asked
  Duration keep_for{};  ///< Retry: give up (drop with `reason`) once the destination has answered
                        ///< so for this long; 0: never
  /// Delivered: all that this tenant sends is refused on purpose, until somebody changes that.
  bool blocked = false;
  std::string message;  ///< the server's words, for the log; at most 256 bytes, secrets removed
  /// The server judged the records and not us, our URL or our rate; then `answer` has its words at
  /// length, 16 KiB at most.
  bool judges_records = false;
  std::string answer;
  bool data_error = false;  ///< the backend is well: it dislikes this block, or asks for patience
                            ///< (429). Does not open the circuit
};

/// One protocol and one URL. Loop thread.
class Transport {
 public:
  /// A running try; destroying it cancels.
  class Try {
   public:
    Try() = default;
    Try(const Try&) = delete;
    Try& operator=(const Try&) = delete;
    virtual ~Try() = default;
  };
  struct Request {
    std::shared_ptr<const std::string> payload;
    std::string tenant;
    int attempt = 0;            ///< 0: the first
    std::uint32_t records = 0;  ///< in the payload
  };
  using Done = std::function<void(Outcome)>;

  Transport() = default;
  Transport(const Transport&) = delete;
  Transport& operator=(const Transport&) = delete;
  virtual ~Transport() = default;

  [[nodiscard]] virtual std::unique_ptr<Try> send(Request request, Done done) = 0;
  /// Two blocks that hold the records of `block` in order, receipts shared out; empty where it
  /// cannot be halved.
  virtual std::vector<queue::Block> halve(const queue::Block& /*block*/) { return {}; }
  /// `records` of `block` are dropped for what `outcome` says; called before the block goes.
  virtual void on_dropped(const queue::Block& /*block*/, const Outcome& /*outcome*/,
                          std::uint64_t /*records*/) {}
};

}  // namespace agent::exporter
