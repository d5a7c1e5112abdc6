#pragma once
// Lines through stages, in batches of four. No record may be lost: in + created = out + dropped +
// merged.
#include <cstdint>
#include <string>
#include <string_view>

#include "agent/base/check.h"
#include "agent/base/strings.h"
#include "agent/config/node.h"
#include "agent/logs/stages/pipeline.h"

namespace agent {

/// False: the stages are refused, and the report says why.
inline bool run_stages(const config::Node& list, std::string_view lines) {
  config::Report report;
  const selfmon::Scope metrics;
  selfmon::Ledger ledger("logs", metrics);
  model::LabelTable labels;
  model::ReceiptBook receipts;
  auto pipeline = logs::make_pipeline(list, {report, "stages", metrics, labels, receipts, ledger});
  AGENT_CHECK(pipeline.has_value() != report.has_errors());
  if (!pipeline) return false;
  model::LogBatch batch;
  std::uint64_t in = 0;
  std::uint64_t out = 0;
  const auto settle = [&] {
    for (const auto& entry : batch.entries)
      if (entry.receipt != 0) receipts.settle(entry.receipt);
    out += batch.entries.size();
    batch.clear();
    labels.sweep(0);
  };
  for (const std::string_view line : split(lines, '\n')) {
    model::LogEntry entry;
    entry.line = batch.arena.copy(line);
    entry.labels = labels.intern({{"job", "web"}});
    entry.receipt = receipts.open(1, [] {});
    batch.entries.push_back(entry);
    if (++in % 4 != 0) continue;
    (*pipeline)->process(batch, Timestamp{});
    settle();
  }
  (*pipeline)->process(batch, Timestamp{});
  settle();
  (*pipeline)->flush(batch, Timestamp{});
  settle();
  std::uint64_t dropped = 0;
  for (const auto& [reason, count] : ledger.dropped().values())
    dropped += count;
  AGENT_CHECK(in + ledger.created().value() == out + dropped + ledger.merged().value());
  AGENT_CHECK(receipts.open_receipts() == 0);
  return true;
}

}  // namespace agent
