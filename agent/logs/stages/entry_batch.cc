#include "agent/logs/stages/entry_batch.h"

#include <algorithm>

namespace agent::logs {

Entry& EntryPool::take() {
  if (used_ == entries_.size()) entries_.emplace_back();
  Entry& out = entries_[used_++];
  out.serial = ++serial_;
  out.order = 0;
  return out;
}

Entry& EntryBatch::make_copy(const Entry& from) {
  Entry& out = pool_->take();
  const std::uint64_t serial = out.serial;
  out = from;
  out.serial = serial;
  return out;
}

void HeldEntry::assign(const Entry& entry) {
  timestamp_ = entry.timestamp;
  labels_ = model::PinnedLabels(entry.labels);
  metadata_.clear();
  for (const auto& item : entry.metadata)
    metadata_.emplace_back(item.name, item.value);
  extracted_.clear();
  for (const auto& item : entry.extracted.all())
    extracted_.push_back({std::string(item.name), std::string(item.value.text), item.value});
  receipt_ = entry.receipt;
}

void HeldEntry::restore(Entry& out, std::string_view line, model::Arena& arena) const {
  out.timestamp = timestamp_;
  out.line = arena.copy(line);
  out.labels = labels_.get();
  out.receipt = receipt_;
  const auto views = model::make_label_views(metadata_.size(), arena);
  for (std::size_t i = 0; i < metadata_.size(); ++i)
    views[i] = {arena.copy(metadata_[i].first), arena.copy(metadata_[i].second)};
  out.metadata = views;
  std::vector<Extracted::Item> items;
  items.reserve(extracted_.size());
  for (const Text& held : extracted_) {
    Value value = held.value;
    value.text = arena.copy(held.text);
    items.push_back({arena.copy(held.name), value});
  }
  out.extracted.assign(items);
}

std::span<const model::LabelView> with_metadata(std::span<const model::LabelView> metadata,
                                                std::string_view name, std::string_view value,
                                                model::Arena& arena) {
  const auto views = model::make_label_views(metadata.size() + 1, arena);
  const auto at = std::lower_bound(
      metadata.begin(), metadata.end(), name,
      [](const model::LabelView& item, std::string_view wanted) { return item.name < wanted; });
  auto out = std::copy(metadata.begin(), at, views.begin());
  *out++ = {name, value};
  const bool replaces = at != metadata.end() && at->name == name;
  out = std::copy(replaces ? at + 1 : at, metadata.end(), out);
  return views.first(static_cast<std::size_t>(out - views.begin()));
}

std::span<const model::LabelView> without_metadata(std::span<const model::LabelView> metadata,
                                                   std::string_view name, model::Arena& arena) {
  const auto at = std::find_if(metadata.begin(), metadata.end(),
                               [&](const model::LabelView& item) { return item.name == name; });
  if (at == metadata.end()) return metadata;
  const auto views = model::make_label_views(metadata.size() - 1, arena);
  std::copy(at + 1, metadata.end(), std::copy(metadata.begin(), at, views.begin()));
  return views;
}

}  // namespace agent::logs
