#pragma once
// What an outbox holds: encoded, compressed, ready to be sent. A queue knows no signal.
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "agent/base/clock.h"
#include "agent/model/receipt_book.h"

namespace agent::queue {

/// One request's payload. Shared between destinations that speak the same format; moved, never
/// copied.
struct Block {
  std::shared_ptr<const std::string> payload;
  std::uint32_t records = 0;  ///< entries, samples or spans in it
  Timestamp oldest{};         ///< of the records in it
  std::string tenant;         ///< Loki: X-Scope-OrgID; empty: none
  std::vector<model::ReceiptShare> receipts;
};

}  // namespace agent::queue
