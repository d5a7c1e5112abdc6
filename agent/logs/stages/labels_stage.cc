// labels: sets labels from extracted values.
#include "agent/logs/stages/makers.h"
#include "agent/logs/stages/options.h"

namespace agent::logs {
namespace {

class LabelsStage final : public Stage {
 public:
  LabelsStage(std::vector<NamedSource> labels, model::LabelTable& table)
      : labels_(std::move(labels)), table_(table) {}

  void apply(EntryBatch& batch, Timestamp /*now*/) override {
    for (Entry* entry : batch.entries())
      for (const NamedSource& label : labels_)
        if (const auto value = entry->extracted.get(label.source))
          if (const auto text = text_of(*value, batch.arena()))
            set_label(*entry, label.name, *text, table_);
  }

 private:
  std::vector<NamedSource> labels_;
  model::LabelTable& table_;
};

}  // namespace

Result<StagePtr> make_labels_stage(const config::Node& options, StageSite& site) {
  return StagePtr(
      std::make_unique<LabelsStage>(read_label_sources(options, site), site.context.labels));
}

}  // namespace agent::logs
