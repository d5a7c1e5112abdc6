#include "agent/cli/demo_report.h"

#include <fmt/format.h>

namespace agent::cli {

std::string ledger_table(const std::vector<model::LedgerEntry>& ledger) {
  std::string out = fmt::format("{:<9}{:<28}{:>9}{:>11}{:>9}{:>7}{:>9}\n", "signal", "destination",
                                "in", "delivered", "dropped", "held", "balance");
  for (const auto& entry : ledger) {
    out +=
        fmt::format("{:<9}{:<28}{:>9}{:>11}{:>9}{:>7}{:>9}", entry.signal, entry.destination,
                    entry.total_in() + entry.created - entry.missed, entry.delivered + entry.merged,
                    entry.total_dropped(), entry.held, entry.balance());
    const char* separator = "   dropped: ";
    for (const auto& [reason, count] : entry.dropped) {
      out += fmt::format("{}{} {}", separator, reason, count);
      separator = ", ";
    }
    out += '\n';
  }
  return out;
}

std::vector<std::string> demo_complaints(const std::vector<model::LedgerEntry>& ledger,
                                         const DemoArrivals& arrived) {
  std::vector<std::string> out;
  const auto judge = [&](const std::string& signal, std::uint64_t received) {
    if (received == 0) out.push_back("no " + signal + " arrived");
    std::uint64_t delivered = 0;
    for (const auto& entry : ledger) {
      if (entry.signal != signal) continue;
      delivered += entry.delivered;
      if (entry.balance() != 0)
        out.push_back(signal + ": the balance is " + std::to_string(entry.balance()));
      if (entry.held != 0) out.push_back(signal + ": " + std::to_string(entry.held) + " held");
    }
    if (delivered != received)
      out.push_back(signal + ": " + std::to_string(delivered) + " delivered, but " +
                    std::to_string(received) + " received");
  };
  judge("metrics", arrived.metrics);
  judge("logs", arrived.logs);
  judge("traces", arrived.traces);
  return out;
}

}  // namespace agent::cli
