// template: an extracted value is made out of others.
#include "agent/logs/stages/makers.h"
#include "agent/logs/stages/options.h"
#include "agent/logs/stages/template_fields.h"

namespace agent::logs {
namespace {

class TemplateStage final : public Stage {
 public:
  TemplateStage(std::string source, templates::Template compiled, selfmon::Counter& failed)
      : source_(std::move(source)),
        template_(std::move(compiled)),
        evaluator_(template_),
        failed_(failed) {}

  void apply(EntryBatch& batch, Timestamp now) override {
    evaluator_.start_batch();
    for (Entry* entry : batch.entries())
      apply_one(*entry, batch.arena(), now);
  }

 private:
  void apply_one(Entry& entry, model::Arena& arena, Timestamp now) {
    TemplateFields fields(entry.extracted, arena, TemplateFields::Map::OfAny);
    const auto value = entry.extracted.get(source_);
    if (value) fields.set_value(text_of(*value, arena));
    fields.set_entry(entry.line);
    const auto text = evaluator_.run(fields, now);
    if (!text) {
      failed_.add();
    } else if (text->empty()) {
      entry.extracted.erase(source_);
    } else {
      entry.extracted.set(source_, Value::of(arena.copy(*text)));
    }
  }

  std::string source_;
  templates::Template template_;
  templates::Evaluator evaluator_;
  selfmon::Counter& failed_;
};

}  // namespace

Result<StagePtr> make_template_stage(const config::Node& options, StageSite& site) {
  config::Reader in(options, config::Keys::Stage, site.context.report, site.path);
  auto source = read_required_source(in);
  const auto text = in.string("template", {}, config::Text::Strict);
  auto compiled = templates::Template::compile(text);
  if (!compiled) in.error("template", "template:" + compiled.error().message);
  if (const Status read = in.finish(); !read) return read.error();
  site.extracted.insert(source);
  return StagePtr(
      std::make_unique<TemplateStage>(std::move(source), std::move(*compiled), site.unparsed()));
}

}  // namespace agent::logs
