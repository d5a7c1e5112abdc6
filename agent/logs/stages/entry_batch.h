#pragma once
// The entries of one batch on their way through the stages.
#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

#include "agent/logs/stages/value.h"
#include "agent/model/log_batch.h"
#include "agent/selfmon/metrics.h"

namespace agent::logs {

/// An entry between two stages. Lives in an EntryPool; stages pass pointers.
struct Entry : model::LogEntry {
  Extracted extracted;
  /// Place in the batch, in steps of kOrderStep: `match` puts what its stages let through back
  /// where it was. An entry that a stage makes takes the place of the one that caused it.
  std::uint64_t order = 0;
  /// Counts entries since the pipeline was built: the order in which they were made.
  std::uint64_t serial = 0;
};

/// Room between two entries for those that a stage makes out of one.
inline constexpr std::uint64_t kOrderStep = 1U << 24U;

/// Owns entries and uses them again, with the room their extracted maps have grown.
class EntryPool {
 public:
  Entry& take();
  /// All entries are free again.
  void clear() { used_ = 0; }

 private:
  std::deque<Entry> entries_;  // addresses stay
  std::size_t used_ = 0;
  std::uint64_t serial_ = 0;
};

/// Told of every drop. Implemented by the pipeline.
class DropSink {
 public:
  DropSink() = default;
  DropSink(const DropSink&) = delete;
  DropSink& operator=(const DropSink&) = delete;
  virtual ~DropSink() = default;
  /// `ledger` is the drop counter of one reason of delivery.md 8, `reason` the stage's own.
  virtual void on_drop(const Entry& entry, selfmon::Counter& ledger, std::string_view reason) = 0;
};

/// Some entries, in order, and what stages need to change them. Cheap to make.
class EntryBatch {
 public:
  EntryBatch(model::Arena& arena, EntryPool& pool) : arena_(&arena), pool_(&pool) {}

  /// A batch without entries over the same arena and pool.
  EntryBatch empty_twin() const { return {*arena_, *pool_}; }
  std::vector<Entry*>& entries() { return entries_; }
  /// For text that stages make; it lives as long as the batch.
  model::Arena& arena() { return *arena_; }
  /// A new entry, not yet in entries().
  Entry& make_entry() { return pool_->take(); }
  /// A new entry like `from`, in its place; its receipt is the caller's business.
  Entry& make_copy(const Entry& from);

 private:
  model::Arena* arena_;
  EntryPool* pool_;
  std::vector<Entry*> entries_;
};

/// An entry that a stage keeps beyond its batch, with text of its own. Used again by assign(), it
/// stops allocating.
class HeldEntry {
 public:
  /// Copies everything but the line.
  explicit HeldEntry(const Entry& entry) { assign(entry); }
  void assign(const Entry& entry);
  /// Writes the entry, with `line`, into `out`; text is copied into the batch's arena.
  void restore(Entry& out, std::string_view line, model::Arena& arena) const;
  const model::Labels* labels() const { return labels_.get(); }
  model::ReceiptId receipt() const { return receipt_; }
  void set_receipt(model::ReceiptId receipt) { receipt_ = receipt; }

 private:
  // Parts of text_, in its order.
  struct Metadata {
    std::size_t name_bytes = 0;
    std::size_t value_bytes = 0;
  };
  struct Extract {
    std::size_t name_bytes = 0;
    std::size_t text_bytes = 0;
    Value value;  // without its text
    bool is_erased = false;
  };
  std::size_t keep(std::string_view text);
  Timestamp timestamp_{};
  model::PinnedLabels labels_;
  model::PinnedLabels below_;  // those under the extracted values
  std::vector<Metadata> metadata_;
  std::vector<Extract> extracted_;
  std::string text_;
  model::ReceiptId receipt_ = 0;
};

/// Structured metadata with `name` set to `value`, sorted; the list is copied into `arena`.
std::span<const model::LabelView> with_metadata(std::span<const model::LabelView> metadata,
                                                std::string_view name, std::string_view value,
                                                model::Arena& arena);
/// The same without `name`; `metadata` itself where it has none of that name.
std::span<const model::LabelView> without_metadata(std::span<const model::LabelView> metadata,
                                                   std::string_view name, model::Arena& arena);

}  // namespace agent::logs
