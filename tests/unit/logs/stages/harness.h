#pragma once
// A pipeline on a bench: YAML and lines in, entries out.
#include <string>
#include <utility>
#include <vector>

#include "agent/logs/stages/pipeline.h"

namespace agent::logs {

inline constexpr Timestamp kNow{std::chrono::seconds(1'700'000'000)};

/// Owns everything a pipeline lives on.
class Bench {
 public:
  explicit Bench(const std::string& yaml) {
    auto list = config::parse(yaml, "stages.yaml");
    if (!list) {
      error = list.error().message;
      return;
    }
    auto made = make_pipeline(*list, {report, "stages", metrics, labels, receipts, ledger});
    if (made) pipeline = std::move(*made);
    if (report.has_errors()) error = report.status().error().message;
  }

  /// Adds an entry to the next batch; its receipt is settled when the entry is.
  void add(std::string_view line, const model::LabelSet& with = {{"job", "web"}},
           Timestamp time = kNow) {
    model::LogEntry entry;
    entry.line = batch.arena.copy(line);
    entry.labels = labels.intern(with);
    entry.timestamp = time;
    entry.receipt = receipts.open(1, [this] { ++settled; });
    batch.entries.push_back(entry);
  }
  std::vector<std::string> run(Timestamp now = kNow) {
    pipeline->process(batch, now);
    return take();
  }
  std::vector<std::string> flush(Timestamp now = kNow) {
    pipeline->flush(batch, now);
    return take();
  }
  /// The lines of the batch, which starts anew; `last` keeps the labels of the last entry.
  std::vector<std::string> take() {
    std::vector<std::string> out;
    for (const auto& entry : batch.entries) {
      out.emplace_back(entry.line);
      last_labels = model::to_string(entry.labels->set());
      last_time = entry.timestamp;
      if (settles_output && entry.receipt != 0) receipts.settle(entry.receipt);
    }
    batch.clear();
    return out;
  }

  config::Report report;
  selfmon::Scope metrics;
  selfmon::Ledger ledger{"logs", metrics};
  model::LabelTable labels;
  model::ReceiptBook receipts;
  model::LogBatch batch;
  std::unique_ptr<Pipeline> pipeline;
  std::string error;  // of the configuration
  std::string last_labels;
  Timestamp last_time{};
  bool settles_output = true;
  int settled = 0;
};

using Lines = std::vector<std::string>;

}  // namespace agent::logs
