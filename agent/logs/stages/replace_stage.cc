// replace: captured parts of a text are replaced by what a template makes of them.
#include "agent/logs/stages/makers.h"
#include "agent/logs/stages/options.h"
#include "agent/logs/stages/pattern.h"
#include "agent/logs/stages/template_fields.h"

namespace agent::logs {
namespace {

class ReplaceStage final : public Stage {
 public:
  ReplaceStage(std::unique_ptr<Pattern> pattern, std::optional<std::string> source,
               templates::Template compiled, selfmon::Counter& unparsed)
      : pattern_(std::move(pattern)),
        source_(std::move(source)),
        template_(std::move(compiled)),
        evaluator_(template_),
        groups_(static_cast<std::size_t>(pattern_->group_count()) + 1),
        firsts_(groups_.size()),
        unparsed_(unparsed) {}

  void apply(EntryBatch& batch, Timestamp now) override {
    evaluator_.start_batch();
    for (Entry* entry : batch.entries())
      apply_one(*entry, batch.arena(), now);
  }

 private:
  void apply_one(Entry& entry, model::Arena& arena, Timestamp now) {
    std::string_view text = entry.line;
    if (source_) {
      const auto value = entry.extracted.get(*source_);
      const auto found = value ? text_of(*value, arena) : std::nullopt;
      if (!found) return;
      text = *found;
    }
    if (!replace_all(entry, text, arena, now)) {
      unparsed_.add();
      return;
    }
    const std::string_view result = arena.copy(out_);
    if (source_) {
      entry.extracted.set(*source_, Value::of(result));
    } else {
      entry.line = result;
    }
    set_named_groups(entry);
  }

  // Writes the text with its replacements into out_; false: no match, or the template failed.
  bool replace_all(const Entry& entry, std::string_view text, model::Arena& arena, Timestamp now) {
    TemplateFields fields(entry.extracted, arena, TemplateFields::Map::OfTexts);
    out_.clear();
    text = placed(text);
    std::size_t done = 0;
    bool is_first = true;
    Matches matches(*pattern_, text, groups_);
    while (matches.next()) {
      for (std::size_t i = 1; i < groups_.size(); ++i) {
        const std::string_view group = groups_[i];
        if (is_first) firsts_[i] = std::nullopt;
        if (group.data() == nullptr) continue;
        fields.set_value(group);
        const auto made = evaluator_.run(fields, now);
        if (!made) return false;
        if (is_first) firsts_[i] = arena.copy(*made);
        const auto begin = static_cast<std::size_t>(group.data() - text.data());
        if (begin < done) continue;  // inside of one that is replaced
        out_ += text.substr(done, begin - done);
        out_ += *made;
        done = begin + group.size();
      }
      is_first = false;
    }
    out_ += text.substr(done);
    return !is_first;
  }

  // What stands for the groups of the first match.
  void set_named_groups(Entry& entry) {
    const auto& names = pattern_->group_names();
    for (std::size_t i = 0; i < names.size(); ++i)
      if (!names[i].empty() && firsts_[i + 1])
        entry.extracted.set(names[i], Value::of(*firsts_[i + 1]));
  }

  std::unique_ptr<Pattern> pattern_;
  std::optional<std::string> source_;
  templates::Template template_;
  templates::Evaluator evaluator_;
  std::vector<std::string_view> groups_;                 // scratch, as are the next two
  std::vector<std::optional<std::string_view>> firsts_;  // replacements in the first match
  std::string out_;
  selfmon::Counter& unparsed_;
};

// A template that cannot be read: the entries go on as they are, as Promtail lets them.
class NoReplaceStage final : public Stage {
 public:
  void apply(EntryBatch& /*batch*/, Timestamp /*now*/) override {}
};

}  // namespace

Result<StagePtr> make_replace_stage(const config::Node& options, StageSite& site) {
  config::Reader in(options, config::Keys::Stage, site.context.report, site.path);
  const auto expression = in.required_string("expression", config::Text::Strict);
  auto source = read_source(in);
  const auto text = in.string("replace", {}, config::Text::Strict);
  if (in.has("expression") && expression.empty()) in.error("expression", "it must not be empty");
  auto pattern = Pattern::compile(expression);
  if (!pattern) in.error("expression", pattern.error().message);
  auto compiled = templates::Template::compile(text);
  if (!compiled)
    in.warning("replace", "template:" + compiled.error().message + "; nothing is replaced");
  if (const Status read = in.finish(); !read) return read.error();
  for (const std::string& name : (*pattern)->group_names())
    if (!name.empty()) site.extracted.insert(name);
  if (!compiled) return StagePtr(std::make_unique<NoReplaceStage>());
  return StagePtr(std::make_unique<ReplaceStage>(std::move(*pattern), std::move(source),
                                                 std::move(*compiled), site.unparsed()));
}

}  // namespace agent::logs
