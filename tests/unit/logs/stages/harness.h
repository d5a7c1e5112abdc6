#pragma once
// A pipeline on a bench: YAML and lines in, entries out.
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

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
    if (made) {
      pipeline = std::move(*made);
    } else {
      refusal = made.error().message;
    }
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
  std::string error;    // of the configuration
  std::string refusal;  // what was answered in the place of a pipeline
  std::string last_labels;
  Timestamp last_time{};
  bool settles_output = true;
  int settled = 0;
};

using Lines = std::vector<std::string>;

/// What the stages of `yaml` make of one entry: `LINE {labels} [metadata]` for each that comes out,
/// and what is flushed; the error of a configuration that is refused; its warnings first.
inline Lines outcome(const std::string& yaml, std::string_view line,
                     const model::LabelSet& labels = {}) {
  Bench bench(yaml);
  if (!bench.error.empty()) return {bench.error};
  Lines out;
  for (const auto& problem : bench.report.problems())
    out.push_back(config::to_string(problem));
  bench.add(line, labels);
  bench.pipeline->process(bench.batch, kNow);
  bench.pipeline->flush(bench.batch, kNow);
  for (const auto& entry : bench.batch.entries) {
    std::string text(entry.line);
    if (!entry.labels->set().empty()) text += " " + model::to_string(entry.labels->set());
    for (const auto& item : entry.metadata)
      text += " [" + std::string(item.name) + "=" + std::string(item.value) + "]";
    out.push_back(std::move(text));
  }
  bench.take();
  return out;
}

/// The extracted values, `name=text`, of the last entry that comes out of the stages of `yaml`.
inline Lines extracted_by(const std::string& yaml, std::string_view line,
                          const model::LabelSet& labels = {}) {
  struct Watcher final : Pipeline::Observer {
    Lines out;
    void on_stage(std::string_view /*path*/, const Entry& /*entry*/) override {}
    void on_drop(const Entry& /*entry*/, std::string_view reason) override {
      out = {"dropped: " + std::string(reason)};
    }
    void on_output(const Entry& entry) override {
      out.clear();
      for (const auto& item : entry.extracted.all()) {
        std::string text(item.name);
        text += item.value.is_null() ? " is null" : "=";
        append_text(text, item.value);
        out.push_back(std::move(text));
      }
    }
  } watcher;
  Bench bench(yaml);
  if (!bench.error.empty()) return {bench.error};
  bench.pipeline->set_observer(&watcher);
  bench.add(line, labels);
  bench.run();
  return watcher.out;
}

/// One row of a stage's table.
struct StageCase {
  const char* name;
  const char* yaml;
  std::string line;
  Lines out;
  model::LabelSet labels = {};
};

inline void expect_outcomes(const std::vector<StageCase>& cases) {
  for (const StageCase& c : cases) {
    SCOPED_TRACE(c.name);
    EXPECT_EQ(outcome(c.yaml, c.line, c.labels), c.out);
  }
}

}  // namespace agent::logs
