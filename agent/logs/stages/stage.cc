#include "agent/logs/stages/stage.h"

#include <algorithm>

#include "agent/logs/stages/stage_table.h"

namespace agent::logs {

void StageList::add(StagePtr stage, std::string path) {
  stages_.push_back({std::move(stage), std::move(path)});
}

void StageList::set_observer(StageObserver* observer) {
  observer_ = observer;
  for (Item& item : stages_)
    item.stage->set_observer(observer);
}

void StageList::tell(const Item& item, EntryBatch& batch) const {
  if (observer_ != nullptr) observer_->after_stage(item.path, batch, item.stage->held_records());
}

void StageList::apply_from(std::size_t first, EntryBatch& batch, Timestamp now) {
  for (std::size_t i = first; i < stages_.size(); ++i) {
    if (batch.entries().empty()) return;
    stages_[i].stage->apply(batch, now);
    tell(stages_[i], batch);
  }
}

void StageList::release(EntryBatch& out, Timestamp now, Release which) {
  for (std::size_t i = stages_.size(); i-- > 0;) {
    if (stages_[i].stage->held_records() == 0) continue;
    EntryBatch released = out.empty_twin();
    stages_[i].stage->release(released, now, which);
    tell(stages_[i], released);
    std::uint64_t order = 0;
    for (Entry* entry : released.entries())
      entry->order = kOrderStep * order++;
    apply_from(i + 1, released, now);
    out.entries().insert(out.entries().end(), released.entries().begin(), released.entries().end());
  }
}

std::size_t StageList::held_records() const {
  std::size_t out = 0;
  for (const Item& item : stages_)
    out += item.stage->held_records();
  return out;
}

std::optional<Timestamp> StageList::next_deadline() const {
  std::optional<Timestamp> out;
  for (const Item& item : stages_) {
    const auto deadline = item.stage->next_deadline();
    if (deadline && (!out || *deadline < *out)) out = deadline;
  }
  return out;
}

namespace {

// One item of the list: a map with exactly one key, the stage's name.
void make_one(const config::Node& item, StageContext& context, DropSink& drops,
              std::set<std::string, std::less<>>& extracted, const std::string& path,
              StageList& out) {
  const auto entries = item.entries();
  if (!item.is_map() || entries.size() != 1) {
    context.report.error(item.mark(), path,
                         "a stage is a map with one key, its name (\"docker: {}\")");
    return;
  }
  const std::string name(entries[0].first.text());
  const config::Mark mark = entries[0].first.mark();
  const StageKind* kind = find_stage_kind(name);
  if (kind == nullptr) {
    const auto near = nearest_stage_name(name);
    context.report.error(mark, path,
                         near.empty() ? "there is no stage \"" + name + "\""
                                      : "there is no stage \"" + name + "\"; did you mean \"" +
                                            std::string(near) + "\"?");
    return;
  }
  if (kind->make == nullptr) {
    context.report.error(mark, path, "stage \"" + name + "\" is not supported yet");
    return;
  }
  StageSite site{context, drops, name, path + "." + name, mark, extracted};
  auto stage = kind->make(entries[0].second, site);
  if (stage && *stage) out.add(std::move(*stage), site.path);
}

}  // namespace

Status make_stage_list(const config::Node& list, StageContext& context, DropSink& drops,
                       std::set<std::string, std::less<>>& extracted, const std::string& path,
                       StageList& out) {
  const std::size_t said_before = context.report.problems().size();
  if (!list.is_empty() && !list.is_sequence())
    context.report.error(list.mark(), path, "a list of stages is asked here");
  const auto items = list.items();
  for (std::size_t i = 0; i < items.size(); ++i)
    make_one(items[i], context, drops, extracted, path + "[" + std::to_string(i) + "]", out);
  const auto& said = context.report.problems();
  const auto first =
      std::find_if(said.begin() + static_cast<std::ptrdiff_t>(said_before), said.end(),
                   [](const auto& problem) { return problem.severity == config::Severity::Error; });
  if (first != said.end()) return Error{ErrorKind::Config, config::to_string(*first)};
  return {};
}

}  // namespace agent::logs
