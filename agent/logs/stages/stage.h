#pragma once
// What a stage is, and what it is built from.
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "agent/base/clock.h"
#include "agent/base/result.h"
#include "agent/config/node.h"
#include "agent/config/reader.h"
#include "agent/logs/stages/entry_batch.h"
#include "agent/model/label_table.h"
#include "agent/model/receipt_book.h"
#include "agent/selfmon/ledger.h"
#include "agent/selfmon/metrics.h"

namespace agent::logs {

/// Which of the entries that a stage holds back are let go.
enum class Release { Due, All };

/// Told of what stages do, also of those inside of others; for `try logs --explain`.
class StageObserver {
 public:
  StageObserver() = default;
  StageObserver(const StageObserver&) = delete;
  StageObserver& operator=(const StageObserver&) = delete;
  virtual ~StageObserver() = default;
  /// `batch` is what the stage at `path` lets go on; `held` is what it holds back now.
  virtual void after_stage(std::string_view path, EntryBatch& batch, std::size_t held) = 0;
};

/// One step of a pipeline. Loop thread. Keeps no pointer into a batch beyond apply().
class Stage {
 public:
  Stage() = default;
  Stage(const Stage&) = delete;
  Stage& operator=(const Stage&) = delete;
  virtual ~Stage() = default;

  /// Changes the entries of `batch`, removes those it drops (through the DropSink it was built
  /// with) or holds back, adds those that are complete.
  virtual void apply(EntryBatch& batch, Timestamp now) = 0;
  /// Moves held entries into `out`, in the order in which their first parts came.
  virtual void release(EntryBatch& /*out*/, Timestamp /*now*/, Release /*which*/) {}
  /// Entries that would come out of release(.., All).
  virtual std::size_t held_records() const { return 0; }
  /// When release(.., Due) has something to do; nullopt: never as things are.
  virtual std::optional<Timestamp> next_deadline() const { return std::nullopt; }
  /// Hands the observer on to stages inside of this one. May be null.
  virtual void set_observer(StageObserver* /*observer*/) {}
};

/// What all stages of one pipeline share. Everything outlives the pipeline.
struct StageContext {
  config::Report& report;
  /// Path of the list in the configuration, for messages ("scrape_configs[0].pipeline_stages").
  std::string path;
  selfmon::Scope metrics;
  model::LabelTable& labels;
  model::ReceiptBook& receipts;
  selfmon::Ledger& ledger;
  /// Whether files and zones that stages name have to be there: `check` only warns.
  enum class Files { Needed, Optional } files = Files::Needed;
};

/// One stage under construction: its place and its surroundings.
struct StageSite {
  StageContext& context;
  DropSink& drops;
  std::string name;
  std::string path;
  config::Mark mark;
  /// Names that stages before this one, in document order, can have extracted (logs.md 9.2).
  std::set<std::string, std::less<>>& extracted;

  /// Counts lines that this stage could not read; they go on as they are.
  selfmon::Counter& unparsed() const {
    return context.metrics.counter("logs_stage_unparsed_total", "stage", name);
  }
};

using StagePtr = std::unique_ptr<Stage>;

/// Stages in their order; the body of a pipeline and of `match`.
class StageList {
 public:
  void add(StagePtr stage, std::string path);
  void apply(EntryBatch& batch, Timestamp now) { apply_from(0, batch, now); }
  /// What the last stages hold goes out first, and through the stages behind it.
  void release(EntryBatch& out, Timestamp now, Release which);
  std::size_t held_records() const;
  std::optional<Timestamp> next_deadline() const;
  void set_observer(StageObserver* observer);

 private:
  struct Item {
    StagePtr stage;
    std::string path;
  };
  void apply_from(std::size_t first, EntryBatch& batch, Timestamp now);
  void tell(const Item& item, EntryBatch& batch) const;
  std::vector<Item> stages_;
  StageObserver* observer_ = nullptr;
};

/// Builds the stages of `list` into `out`. Problems go into the site's report; reading goes on
/// behind them. `context.path` is that of the list.
Status make_stage_list(const config::Node& list, StageContext& context, DropSink& drops,
                       std::set<std::string, std::less<>>& extracted, const std::string& path,
                       StageList& out);

}  // namespace agent::logs
