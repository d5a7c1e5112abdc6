#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "agent/model/status.h"

namespace agent::cli {

/// Records that the backend of the demo has received.
struct DemoArrivals {
  std::uint64_t metrics = 0;
  std::uint64_t logs = 0;
  std::uint64_t traces = 0;
};

/// The ledger as a table of lines for people.
std::string ledger_table(const std::vector<model::LedgerEntry>& ledger);

/// What speaks against the demo having worked; empty: nothing. Each signal must have arrived, every
/// balance be 0, nothing be held any more, and the backend have received what the agent counts as
/// delivered.
std::vector<std::string> demo_complaints(const std::vector<model::LedgerEntry>& ledger,
                                         const DemoArrivals& arrived);

}  // namespace agent::cli
