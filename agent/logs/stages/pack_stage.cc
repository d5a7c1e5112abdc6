// pack: labels and extracted values go into the line, as JSON.
#include <algorithm>

#include "agent/codec/json_value.h"
#include "agent/logs/stages/makers.h"
#include "agent/logs/stages/options.h"

namespace agent::logs {
namespace {

class PackStage final : public Stage {
 public:
  PackStage(std::vector<std::string> names, bool takes_time, model::LabelTable& table)
      : names_(std::move(names)), takes_time_(takes_time), table_(table) {
    std::sort(names_.begin(), names_.end());
    names_.erase(std::unique(names_.begin(), names_.end()), names_.end());
  }

  void apply(EntryBatch& batch, Timestamp now) override {
    for (Entry* entry : batch.entries())
      apply_one(*entry, batch.arena(), now);
  }

 private:
  void apply_one(Entry& entry, model::Arena& arena, Timestamp now) {
    packed_ = "{";
    const model::Labels* labels = entry.labels;
    for (const std::string& name : names_) {
      const std::string_view label = entry.labels->get(name);
      const auto extracted = entry.extracted.get(name);
      const auto text = extracted        ? text_of(*extracted, arena)
                        : !label.empty() ? std::optional(label)
                                         : std::nullopt;
      if (!text) continue;
      add(name, *text);
      if (!label.empty()) labels = table_.without(labels, name);
    }
    add("_entry", entry.line);
    packed_.back() = '}';
    entry.line = arena.copy(packed_);
    entry.labels = labels;
    if (takes_time_) entry.timestamp = now;
  }

  // One member and a comma.
  void add(std::string_view name, std::string_view text) {
    codec::append_json_string(packed_, name);
    packed_ += ':';
    codec::append_json_string(packed_, text);
    packed_ += ',';
  }

  std::vector<std::string> names_;  // sorted
  bool takes_time_;
  model::LabelTable& table_;
  std::string packed_;  // scratch
};

}  // namespace

Result<StagePtr> make_pack_stage(const config::Node& options, StageSite& site) {
  config::Reader in(options, config::Keys::Stage, site.context.report, site.path);
  auto names = read_texts(in, "labels", Typing::Weak);
  const bool takes_time = read_flag(in, "ingest_timestamp", true, Typing::Weak);
  if (const Status read = in.finish(); !read) return read.error();
  return StagePtr(std::make_unique<PackStage>(std::move(names), takes_time, site.context.labels));
}

}  // namespace agent::logs
