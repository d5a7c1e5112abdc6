// regex: named groups of the first match become extracted values.
#include "agent/logs/stages/makers.h"
#include "agent/logs/stages/options.h"
#include "agent/logs/stages/pattern.h"

namespace agent::logs {
namespace {

class RegexStage final : public Stage {
 public:
  struct Options {
    std::optional<std::string> source;
    bool sets_labels = false;  // as in Alloy
  };

  RegexStage(std::unique_ptr<Pattern> pattern, Options options, model::LabelTable& table,
             selfmon::Counter& unparsed)
      : pattern_(std::move(pattern)),
        options_(std::move(options)),
        table_(table),
        groups_(static_cast<std::size_t>(pattern_->group_count()) + 1),
        unparsed_(unparsed) {}

  void apply(EntryBatch& batch, Timestamp /*now*/) override {
    for (Entry* entry : batch.entries())
      apply_one(*entry, batch.arena());
  }

 private:
  void apply_one(Entry& entry, model::Arena& arena) {
    const auto text = input_of(entry, options_.source, arena);
    if (!text) return;
    if (!pattern_->find(*text, groups_)) {
      unparsed_.add();
      return;
    }
    const auto& names = pattern_->group_names();
    for (std::size_t i = 0; i < names.size(); ++i) {
      if (names[i].empty()) continue;
      entry.extracted.set(names[i], Value::of(groups_[i + 1]));
      if (options_.sets_labels && is_label_name(names[i]))
        set_label(entry, names[i], groups_[i + 1], table_);
    }
  }

  std::unique_ptr<Pattern> pattern_;
  Options options_;
  model::LabelTable& table_;
  std::vector<std::string_view> groups_;  // scratch
  selfmon::Counter& unparsed_;
};

}  // namespace

Result<StagePtr> make_regex_stage(const config::Node& options, StageSite& site) {
  config::Reader in(options, config::Keys::Stage, site.context.report, site.path);
  const auto expression = in.required_string("expression", config::Text::Strict);
  RegexStage::Options out;
  out.source = read_source(in);
  out.sets_labels = read_flag(in, "labels_from_groups", false, Typing::Strict);
  if (in.has("expression") && expression.empty()) in.error("expression", "it must not be empty");
  auto pattern = Pattern::compile(expression);
  if (!pattern) in.error("expression", pattern.error().message);
  if (const Status read = in.finish(); !read) return read.error();
  for (const std::string& name : (*pattern)->group_names())
    if (!name.empty()) site.extracted.insert(name);
  return StagePtr(std::make_unique<RegexStage>(std::move(*pattern), std::move(out),
                                               site.context.labels, site.unparsed()));
}

}  // namespace agent::logs
