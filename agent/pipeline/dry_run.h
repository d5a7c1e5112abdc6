#pragma once
// `-dry-run` and `-inspect`: what would be sent, and what each stage did, for people. Spec:
// logs.md 1.1.
#include <functional>
#include <map>
#include <string>

#include "agent/logs/stages/pipeline.h"
#include "agent/pipeline/log_job.h"

namespace agent::pipeline {

/// Gets whole lines, with their newline.
using Print = std::function<void(const std::string& text)>;
/// Writes to stdout and flushes it.
Print print_to_stdout();

/// Stands in the place of the clients: prints each entry as "time TAB labels TAB line", as
/// Promtail's dry run does.
class EntryPrinter final : public LogOutlet {
 public:
  /// `receipts` outlives it.
  EntryPrinter(Print print, model::ReceiptBook& receipts)
      : print_(std::move(print)), receipts_(receipts) {}
  model::Push push(const model::LogBatch& batch) override;

 private:
  Print print_;
  model::ReceiptBook& receipts_;
};

/// Prints what each stage changed in each entry. For one pipeline, which it outlives.
class StageInspector final : public logs::Pipeline::Observer {
 public:
  explicit StageInspector(Print print) : print_(std::move(print)) {}
  void on_input(const logs::Entry& entry) override;
  void on_stage(std::string_view path, const logs::Entry& entry) override;
  void on_drop(const logs::Entry& entry, std::string_view reason) override;
  void on_output(const logs::Entry& entry) override { seen_.erase(entry.serial); }

 private:
  /// Everything of an entry that can change, by its name on the page: `Labels["app"]`, "Line".
  using State = std::map<std::string, std::string>;
  static State state_of(const logs::Entry& entry);

  Print print_;
  std::map<std::uint64_t, State> seen_;  // by serial: as the last stage left it
};

}  // namespace agent::pipeline
