#pragma once
// Log entries on their way from a source through the stages to the encoders.
#include <span>
#include <string_view>
#include <vector>

#include "agent/base/clock.h"
#include "agent/model/arena.h"
#include "agent/model/label_table.h"
#include "agent/model/receipt_book.h"

namespace agent::model {

/// A name and a value whose text somebody else owns (a batch's arena, the configuration).
struct LabelView {
  std::string_view name;
  std::string_view value;
  friend bool operator==(const LabelView&, const LabelView&) = default;
};

/// One log entry. Plain and cheap to move: all text lies in its batch's arena.
struct LogEntry {
  Timestamp timestamp{};
  std::string_view line;
  const Labels* labels =
      nullptr;  ///< never null in a batch; includes `__tenant_id__` where a stage set it
  std::span<const LabelView> metadata;  ///< structured metadata, sorted by name
  ReceiptId receipt = 0;                ///< what the source gets when this entry is settled
};

/// Entries in the order they were read, and the arena that owns their text. Label pointers are good
/// until the push that carries the batch returns; a sink that keeps entries longer copies their
/// text and pins their labels.
struct LogBatch {
  Arena arena;
  std::vector<LogEntry> entries;

  void clear() {
    entries.clear();
    arena.clear();
  }
};

/// The pseudo label by which stages choose a tenant; never sent. Spec: logs.md 6 (tenant).
inline constexpr std::string_view kTenantLabel = "__tenant_id__";

/// Room for `count` views in an arena, which hands out unaligned bytes.
std::span<LabelView> make_label_views(std::size_t count, Arena& arena);

}  // namespace agent::model
