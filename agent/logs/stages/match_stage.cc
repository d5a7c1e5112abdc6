// match: runs stages on some entries, or drops them.
#include <algorithm>

#include "agent/logs/stages/makers.h"
#include "agent/logs/stages/options.h"
#include "agent/logs/stages/selector.h"

namespace agent::logs {
namespace {

class MatchDropStage final : public Stage {
 public:
  MatchDropStage(Selector selector, Dropper dropper)
      : selector_(std::move(selector)), dropper_(std::move(dropper)) {}

  void apply(EntryBatch& batch, Timestamp /*now*/) override {
    std::erase_if(batch.entries(), [&](const Entry* entry) {
      const bool matches = selector_.matches(*entry->labels, entry->line);
      if (matches) dropper_.drop(*entry);
      return matches;
    });
  }

 private:
  Selector selector_;
  Dropper dropper_;
};

// Entries that match go through a pipeline of their own and come back to their places.
class MatchKeepStage final : public Stage {
 public:
  MatchKeepStage(Selector selector, StageList stages)
      : selector_(std::move(selector)), stages_(std::move(stages)) {}

  void apply(EntryBatch& batch, Timestamp now) override {
    EntryBatch matching = batch.empty_twin();
    std::vector<Entry*>& inside = matching.entries();
    inside.swap(inside_);
    inside.clear();
    others_.clear();
    for (Entry* entry : batch.entries())
      (selector_.matches(*entry->labels, entry->line) ? inside : others_).push_back(entry);
    for (Entry* entry : inside)
      entry->extracted.seed(entry->labels);
    stages_.apply(matching, now);
    batch.entries().resize(inside.size() + others_.size());
    std::merge(inside.begin(), inside.end(), others_.begin(), others_.end(),
               batch.entries().begin(),
               [](const Entry* a, const Entry* b) { return a->order < b->order; });
    inside.swap(inside_);
  }

  void release(EntryBatch& out, Timestamp now, Release which) override {
    stages_.release(out, now, which);
  }
  std::size_t held_records() const override { return stages_.held_records(); }
  std::optional<Timestamp> next_deadline() const override { return stages_.next_deadline(); }
  void set_observer(StageObserver* observer) override { stages_.set_observer(observer); }

 private:
  Selector selector_;
  StageList stages_;
  std::vector<Entry*> inside_;  // scratch
  std::vector<Entry*> others_;
};

}  // namespace

Result<StagePtr> make_match_stage(const config::Node& options, StageSite& site) {
  config::Reader in(options, config::Keys::Stage, site.context.report, site.path);
  const auto text = in.required_string("selector", config::Text::Strict);
  auto action = in.string("action", {}, config::Text::Strict);
  if (action.empty()) action = "keep";
  const auto reason = read_drop_reason(in, "match_stage", Typing::Strict);
  const auto name = in.optional_string("pipeline_name", config::Text::Strict);
  const config::Node inner = in.child("stages");
  if (name && name->empty()) in.error("pipeline_name", "it must not be empty");
  const bool drops = action == "drop";
  if (!drops && action != "keep") in.error("action", "keep or drop is asked here");
  const bool has_stages = inner.is_sequence() && !inner.items().empty();
  if (drops && has_stages) in.error("stages", "a match that drops has no stages");
  if (action == "keep" && !has_stages) in.error("", "stages are needed, or action: drop");
  auto selector = Selector::parse(text);
  if (in.has("selector") && !selector) in.error("selector", selector.error().message);
  StageList stages;
  if (has_stages && !drops) {
    // Read even behind an error above, so that one run names everything.
    const Status made = make_stage_list(inner, site.context, site.drops, site.extracted,
                                        in.path_of("stages"), stages);
    if (!made) return made.error();
  }
  if (const Status read = in.finish(); !read) return read.error();
  if (drops)
    return StagePtr(
        std::make_unique<MatchDropStage>(std::move(*selector), Dropper(site, kStageDrop, reason)));
  return StagePtr(std::make_unique<MatchKeepStage>(std::move(*selector), std::move(stages)));
}

}  // namespace agent::logs
