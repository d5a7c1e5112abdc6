#pragma once
// The stages of one job as its pipeline sees them.
#include <memory>
#include <optional>

#include "agent/logs/stages/stage.h"

namespace agent::logs {

/// Runs batches through stages. Loop thread. Entries keep their order; those that stages drop have
/// their receipts settled and are counted: by the stage's own reason in
/// logentry_dropped_lines_total{reason}, in the ledger as stage_drop, sampled_out or limit_rate.
class Pipeline {
 public:
  Pipeline() = default;
  Pipeline(const Pipeline&) = delete;
  Pipeline& operator=(const Pipeline&) = delete;
  virtual ~Pipeline() = default;

  /// Told of what happens to single entries; for `try logs` and `-inspect`. May be null.
  class Observer {
   public:
    Observer() = default;
    Observer(const Observer&) = delete;
    Observer& operator=(const Observer&) = delete;
    virtual ~Observer() = default;
    virtual void on_input(const Entry& /*entry*/) {}
    virtual void on_stage(std::string_view path, const Entry& entry) = 0;
    /// Behind the on_stage() calls of a stage that holds `records` back.
    virtual void on_held(std::string_view /*path*/, std::size_t /*records*/) {}
    virtual void on_drop(const Entry& entry, std::string_view reason) = 0;
    virtual void on_output(const Entry& entry) = 0;
  };
  virtual void set_observer(Observer* observer) = 0;

  /// Replaces the entries of `batch` by what the stages make of them. New text lies in the batch's
  /// arena. Entries whose time to be released has come go first.
  virtual void process(model::LogBatch& batch, Timestamp now) = 0;
  /// Appends what is due at `now` (call it at next_deadline()).
  virtual void release_due(model::LogBatch& batch, Timestamp now) = 0;
  /// Appends everything that stages hold back: end of input, shutdown.
  virtual void flush(model::LogBatch& batch, Timestamp now) = 0;
  /// Entries that stages hold back.
  virtual std::size_t held_records() const = 0;
  virtual std::optional<Timestamp> next_deadline() const = 0;
};

/// Builds the pipeline of `list`, a `pipeline_stages` value (nothing: no stages). `context`'s
/// references must outlive it. Errors: Config; every problem is in context.report with its place.
/// Spec: logs.md 4.
Result<std::unique_ptr<Pipeline>> make_pipeline(const config::Node& list, StageContext context);

}  // namespace agent::logs
