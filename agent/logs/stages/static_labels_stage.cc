// static_labels: sets labels to fixed texts.
#include "agent/logs/stages/makers.h"
#include "agent/logs/stages/options.h"

namespace agent::logs {
namespace {

class StaticLabelsStage final : public Stage {
 public:
  StaticLabelsStage(std::vector<NamedSource> labels, model::LabelTable& table)
      : labels_(std::move(labels)), table_(table) {}

  void apply(EntryBatch& batch, Timestamp /*now*/) override {
    for (Entry* entry : batch.entries())
      for (const NamedSource& label : labels_)
        entry->labels = table_.with(entry->labels, label.name, label.source);
  }

 private:
  std::vector<NamedSource> labels_;  // `source` is the text
  model::LabelTable& table_;
};

}  // namespace

Result<StagePtr> make_static_labels_stage(const config::Node& options, StageSite& site) {
  config::Report& report = site.context.report;
  std::vector<NamedSource> labels;
  if (!options.is_empty() && !options.is_map())
    report.error(options.mark(), site.path, "a map of labels is asked here");
  for (const auto& [key, value] : options.entries()) {
    if (key.text().empty()) report.error(key.mark(), site.path, "a label needs a name");
    if (!value.is_empty() && !is_strict_text(value))
      report.error(value.mark(), site.path + "." + std::string(key.text()),
                   "text is asked here; put a number or a boolean in quotes");
    if (!value.text().empty())
      labels.push_back({std::string(key.text()), std::string(value.text())});
  }
  return StagePtr(std::make_unique<StaticLabelsStage>(std::move(labels), site.context.labels));
}

}  // namespace agent::logs
