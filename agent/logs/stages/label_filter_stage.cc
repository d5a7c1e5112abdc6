// labeldrop, labelallow and their other names: remove labels by name.
#include <algorithm>

#include "agent/logs/stages/makers.h"
#include "agent/logs/stages/options.h"

namespace agent::logs {
namespace {

class LabelDropStage final : public Stage {
 public:
  LabelDropStage(std::vector<std::string> names, model::LabelTable& table)
      : names_(std::move(names)), table_(table) {}

  void apply(EntryBatch& batch, Timestamp /*now*/) override {
    for (Entry* entry : batch.entries())
      for (const std::string& name : names_)
        if (!entry->labels->get(name).empty()) entry->labels = table_.without(entry->labels, name);
  }

 private:
  std::vector<std::string> names_;
  model::LabelTable& table_;
};

class LabelAllowStage final : public Stage {
 public:
  LabelAllowStage(std::vector<std::string> names, model::LabelTable& table)
      : names_(std::move(names)), table_(table) {}

  void apply(EntryBatch& batch, Timestamp /*now*/) override {
    const model::Labels* last = nullptr;
    const model::Labels* allowed = nullptr;
    for (Entry* entry : batch.entries()) {
      if (entry->labels != last) {
        last = entry->labels;
        allowed = filter(last);
      }
      entry->labels = allowed;
    }
  }

 private:
  const model::Labels* filter(const model::Labels* labels) {
    const model::Labels* out = labels;
    for (const auto& label : labels->set())
      if (std::find(names_.begin(), names_.end(), label.name) == names_.end())
        out = table_.without(out, label.name);
    return out;
  }

  std::vector<std::string> names_;
  model::LabelTable& table_;
};

}  // namespace

Result<StagePtr> make_labeldrop_stage(const config::Node& options, StageSite& site) {
  return StagePtr(
      std::make_unique<LabelDropStage>(read_name_list(options, site), site.context.labels));
}

Result<StagePtr> make_labelallow_stage(const config::Node& options, StageSite& site) {
  return StagePtr(
      std::make_unique<LabelAllowStage>(read_name_list(options, site), site.context.labels));
}

}  // namespace agent::logs
