#include "agent/logs/stages/pipeline.h"

namespace agent::logs {
namespace {

class StagePipeline final : public Pipeline, private DropSink, private StageObserver {
 public:
  explicit StagePipeline(StageContext context) : context_(std::move(context)) {}

  Status build(const config::Node& list) {
    std::set<std::string, std::less<>> extracted;
    return make_stage_list(list, context_, *this, extracted, context_.path, stages_);
  }

  void set_observer(Pipeline::Observer* observer) override {
    observer_ = observer;
    stages_.set_observer(observer == nullptr ? nullptr : this);
  }

  void process(model::LogBatch& batch, Timestamp now) override {
    EntryBatch working(batch.arena, pool_);
    std::vector<Entry*>& entries = working.entries();
    entries.swap(scratch_);
    entries.clear();
    for (const model::LogEntry& from : batch.entries) {
      Entry& entry = pool_.take();
      static_cast<model::LogEntry&>(entry) = from;
      entry.extracted.reset(from.labels);
      entry.order = entries.size() * kOrderStep;
      entries.push_back(&entry);
      if (observer_ != nullptr) observer_->on_input(entry);
    }
    batch.entries.clear();
    if (is_due(now)) release(batch, now, Release::Due);
    stages_.apply(working, now);
    put_out(working, batch);
    entries.swap(scratch_);
    end_batch();
  }

  void release_due(model::LogBatch& batch, Timestamp now) override {
    if (is_due(now)) release(batch, now, Release::Due);
    end_batch();
  }

  void flush(model::LogBatch& batch, Timestamp now) override {
    // What one stage lets go another may hold back again, each time further down the list.
    while (stages_.held_records() > 0)
      release(batch, now, Release::All);
    end_batch();
  }

  std::size_t held_records() const override { return stages_.held_records(); }
  std::optional<Timestamp> next_deadline() const override { return stages_.next_deadline(); }

 private:
  bool is_due(Timestamp now) const {
    const auto deadline = stages_.next_deadline();
    return deadline && *deadline <= now;
  }

  void release(model::LogBatch& batch, Timestamp now, Release which) {
    EntryBatch out(batch.arena, pool_);
    stages_.release(out, now, which);
    put_out(out, batch);
  }

  void put_out(EntryBatch& from, model::LogBatch& to) {
    for (const Entry* entry : from.entries()) {
      if (observer_ != nullptr) observer_->on_output(*entry);
      to.entries.push_back(static_cast<const model::LogEntry&>(*entry));
    }
  }

  void on_drop(const Entry& entry, selfmon::Counter& ledger, std::string_view reason) override {
    if (observer_ != nullptr) observer_->on_drop(entry, reason);
    ledger.add();
    model::add_share(dropped_, entry.receipt);
  }

  // What was dropped is settled once a batch, not once an entry.
  void end_batch() {
    pool_.clear();
    for (const model::ReceiptShare& share : dropped_)
      context_.receipts.settle(share.id, share.records);
    dropped_.clear();
  }

  void after_stage(std::string_view path, EntryBatch& batch, std::size_t held) override {
    for (const Entry* entry : batch.entries())
      observer_->on_stage(path, *entry);
    if (held > 0) observer_->on_held(path, held);
  }

  StageContext context_;
  StageList stages_;
  EntryPool pool_;
  std::vector<Entry*> scratch_;
  std::vector<model::ReceiptShare> dropped_;
  Pipeline::Observer* observer_ = nullptr;
};

}  // namespace

Result<std::unique_ptr<Pipeline>> make_pipeline(const config::Node& list, StageContext context) {
  auto out = std::make_unique<StagePipeline>(std::move(context));
  if (const Status built = out->build(list); !built) return built.error();
  return std::unique_ptr<Pipeline>(std::move(out));
}

}  // namespace agent::logs
