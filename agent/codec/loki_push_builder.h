#pragma once
// What the readers of the spellings of a push request share.
#include <string>
#include <string_view>
#include <vector>

#include "agent/codec/loki_push_in.h"

namespace agent::codec {

/// Puts entries into a batch and streams into a list, and counts what that costs.
class LokiPushBuilder {
 public:
  explicit LokiPushBuilder(model::LogBatch& batch)
      : batch_(batch), first_entry_(batch.entries.size()) {}

  model::Arena& arena() { return batch_.arena; }
  /// Metadata of the next entry; the views are in the arena.
  void add_metadata(std::string_view name, std::string_view value) {
    metadata_.push_back({name, value});
  }
  /// `line` is in the arena. Errors: Overloaded.
  Status add_entry(Timestamp timestamp, std::string_view line);
  /// The entries since the last stream are those of this one; one without entries is left out.
  void end_stream(model::LabelSet labels, std::string error);
  void end_stream(const Result<model::LabelSet>& labels);
  /// Fails as soon as the metadata of one entry is too much already. Errors: Overloaded.
  Status check() const;
  /// Throws away what was added so far; copies in the arena stay until the batch is cleared.
  void start_over();
  std::vector<LokiStreamIn> take() { return std::move(streams_); }

 private:
  model::LogBatch& batch_;
  const std::size_t first_entry_;
  std::vector<model::LabelView> metadata_;
  std::vector<LokiStreamIn> streams_;
  std::size_t stream_entries_ = 0;
  std::size_t used_bytes_ = 0;
};

/// The JSON spellings. Errors: as read_loki_push().
Status read_loki_push_json(LokiPushForm form, std::string body, LokiPushBuilder& out);

}  // namespace agent::codec
