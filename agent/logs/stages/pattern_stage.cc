// pattern: the captures of a LogQL pattern become extracted values.
#include "agent/logs/stages/line_pattern.h"
#include "agent/logs/stages/makers.h"
#include "agent/logs/stages/options.h"

namespace agent::logs {
namespace {

class PatternStage final : public Stage {
 public:
  struct Options {
    std::optional<std::string> source;
    bool sets_labels = false;
  };

  PatternStage(LinePattern pattern, Options options, model::LabelTable& table,
               selfmon::Counter& unparsed)
      : pattern_(std::move(pattern)),
        options_(std::move(options)),
        table_(table),
        unparsed_(unparsed) {}

  void apply(EntryBatch& batch, Timestamp /*now*/) override {
    for (Entry* entry : batch.entries()) {
      const auto text = input_of(*entry, options_.source, batch.arena());
      if (text) apply_one(*entry, *text);
    }
  }

 private:
  void apply_one(Entry& entry, std::string_view text) {
    if (!pattern_.match(text, found_)) {
      unparsed_.add();
      return;
    }
    for (std::size_t i = 0; i < found_.size(); ++i) {
      const std::string& name = pattern_.names()[i];
      entry.extracted.set(name, Value::of(found_[i]));
      if (options_.sets_labels) set_label(entry, name, found_[i], table_);
    }
  }

  LinePattern pattern_;
  Options options_;
  model::LabelTable& table_;
  selfmon::Counter& unparsed_;
  std::vector<std::string_view> found_;  // scratch
};

}  // namespace

Result<StagePtr> make_pattern_stage(const config::Node& options, StageSite& site) {
  config::Reader in(options, config::Keys::Stage, site.context.report, site.path);
  const auto text = in.required_string("pattern", config::Text::Strict);
  PatternStage::Options out;
  out.source = read_source(in);
  out.sets_labels = read_flag(in, "labels_from_groups", false, Typing::Strict);
  auto pattern = LinePattern::parse(text);
  if (in.has("pattern") && !pattern) in.error("pattern", pattern.error().message);
  if (const Status read = in.finish(); !read) return read.error();
  for (const std::string& name : pattern->names())
    site.extracted.insert(name);
  return StagePtr(std::make_unique<PatternStage>(std::move(*pattern), std::move(out),
                                                 site.context.labels, site.unparsed()));
}

}  // namespace agent::logs
