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

std::size_t HeldEntry::keep(std::string_view text) {
  text_ += text;
  return text.size();
}

void HeldEntry::assign(const Entry& entry) {
  timestamp_ = entry.timestamp;
  labels_ = model::PinnedLabels(entry.labels);
  below_ = model::PinnedLabels(entry.extracted.below());
  receipt_ = entry.receipt;
  text_.clear();
  metadata_.clear();
  for (const auto& item : entry.metadata)
    metadata_.push_back({keep(item.name), keep(item.value)});
  extracted_.clear();
  entry.extracted.each_above([this](std::string_view name, Value value, bool is_erased) {
    const std::size_t name_bytes = keep(name);
    const std::size_t text_bytes = keep(value.text);
    value.text = {};
    extracted_.push_back({name_bytes, text_bytes, value, is_erased});
  });
}

void HeldEntry::restore(Entry& out, std::string_view line, model::Arena& arena) const {
  std::string_view rest = arena.copy(text_);
  const auto next = [&rest](std::size_t bytes) {
    const std::string_view text = rest.substr(0, bytes);
    rest.remove_prefix(bytes);
    return text;
  };
  out.timestamp = timestamp_;
  out.line = arena.copy(line);
  out.labels = labels_.get();
  out.receipt = receipt_;
  const auto views = model::make_label_views(metadata_.size(), arena);
  for (std::size_t i = 0; i < metadata_.size(); ++i) {
    views[i].name = next(metadata_[i].name_bytes);
    views[i].value = next(metadata_[i].value_bytes);
  }
  out.metadata = views;
  out.extracted.reset(below_.get());
  for (const Extract& held : extracted_) {
    const std::string_view name = next(held.name_bytes);
    Value value = held.value;
    value.text = next(held.text_bytes);
    if (held.is_erased) {
      out.extracted.erase(name);
    } else {
      out.extracted.set(name, value);
    }
  }
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
