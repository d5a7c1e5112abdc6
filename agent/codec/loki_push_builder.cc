#include "agent/codec/loki_push_builder.h"

#include <algorithm>
#include <utility>

namespace agent::codec {
namespace {

// Sorted by name, each name once: the last one given.
std::span<const model::LabelView> sorted(std::vector<model::LabelView>& metadata,
                                         model::Arena& arena) {
  std::stable_sort(metadata.begin(), metadata.end(),
                   [](const auto& a, const auto& b) { return a.name < b.name; });
  const auto views = model::make_label_views(metadata.size(), arena);
  std::size_t count = 0;
  for (const auto& pair : metadata) {
    if (count > 0 && views[count - 1].name == pair.name) --count;
    views[count++] = pair;
  }
  return views.first(count);
}

}  // namespace

Status LokiPushBuilder::check() const {
  if (used_bytes_ + metadata_.size() * sizeof(model::LabelView) <= kMostPushBookkeeping) return {};
  return Error{ErrorKind::Overloaded, "too many entries for one request; split it"};
}

Status LokiPushBuilder::add_entry(Timestamp timestamp, std::string_view line) {
  used_bytes_ += sizeof(model::LogEntry) + metadata_.size() * sizeof(model::LabelView);
  model::LogEntry& entry = batch_.entries.emplace_back();
  entry.timestamp = timestamp;
  entry.line = line;
  if (!metadata_.empty()) entry.metadata = sorted(metadata_, batch_.arena);
  metadata_.clear();
  ++stream_entries_;
  return check();
}

void LokiPushBuilder::end_stream(model::LabelSet labels, std::string error) {
  const std::size_t entries = std::exchange(stream_entries_, 0);
  if (entries == 0) return;
  used_bytes_ += sizeof(LokiStreamIn);
  streams_.push_back({std::move(labels), std::move(error), entries});
}

void LokiPushBuilder::end_stream(const Result<model::LabelSet>& labels) {
  if (labels) {
    end_stream(*labels, {});
  } else {
    end_stream({}, labels.error().message);
  }
}

void LokiPushBuilder::start_over() {
  batch_.entries.resize(first_entry_);
  metadata_.clear();
  streams_.clear();
  stream_entries_ = 0;
  used_bytes_ = 0;
}

}  // namespace agent::codec
