// structured_metadata, non_indexed_labels, structured_metadata_drop.
#include <algorithm>

#include "agent/codec/json.h"
#include "agent/logs/stages/makers.h"
#include "agent/logs/stages/options.h"

namespace agent::logs {
namespace {

class StructuredMetadataStage final : public Stage {
 public:
  StructuredMetadataStage(std::vector<NamedSource> items, model::LabelTable& table)
      : items_(std::move(items)), table_(table) {}

  void apply(EntryBatch& batch, Timestamp /*now*/) override {
    for (Entry* entry : batch.entries())
      for (const NamedSource& item : items_)
        apply_one(*entry, item, batch.arena());
  }

 private:
  void apply_one(Entry& entry, const NamedSource& item, model::Arena& arena) {
    const std::string_view label = entry.labels->get(item.source);
    const auto extracted = entry.extracted.get(item.source);
    std::optional<std::string_view> text;
    if (extracted) {
      text = text_of(*extracted, arena);
    } else if (!label.empty()) {
      text = label;
    }
    if (!text || !codec::is_valid_utf8_fast(*text)) return;  // Loki would refuse the stream
    entry.metadata = with_metadata(entry.metadata, item.name, *text, arena);
    if (label == *text && !label.empty()) entry.labels = table_.without(entry.labels, item.source);
  }

  std::vector<NamedSource> items_;
  model::LabelTable& table_;
};

class StructuredMetadataDropStage final : public Stage {
 public:
  explicit StructuredMetadataDropStage(std::vector<std::string> names) : names_(std::move(names)) {}

  void apply(EntryBatch& batch, Timestamp /*now*/) override {
    for (Entry* entry : batch.entries())
      for (const std::string& name : names_)
        entry->metadata = without_metadata(entry->metadata, name, batch.arena());
  }

 private:
  std::vector<std::string> names_;
};

}  // namespace

Result<StagePtr> make_structured_metadata_stage(const config::Node& options, StageSite& site) {
  return StagePtr(std::make_unique<StructuredMetadataStage>(read_label_sources(options, site),
                                                            site.context.labels));
}

Result<StagePtr> make_structured_metadata_drop_stage(const config::Node& options, StageSite& site) {
  return StagePtr(std::make_unique<StructuredMetadataDropStage>(read_name_list(options, site)));
}

}  // namespace agent::logs
