// json: values of a JSON line become extracted values.
#include <algorithm>

#include "agent/base/strings.h"
#include "agent/logs/stages/json_extractor.h"
#include "agent/logs/stages/makers.h"
#include "agent/logs/stages/options.h"

namespace agent::logs {
namespace {

class JsonStage final : public Stage {
 public:
  JsonStage(std::vector<NamedSource> names, std::optional<std::string> source,
            std::optional<Dropper> malformed, std::unique_ptr<Pattern> keys,
            selfmon::Counter& unparsed)
      : names_(std::move(names)),
        source_(std::move(source)),
        malformed_(std::move(malformed)),
        keys_(std::move(keys)),
        unparsed_(unparsed) {}

  void add(std::size_t name, JmesPath path) { extractor_.add(names_[name].name, std::move(path)); }

  void apply(EntryBatch& batch, Timestamp /*now*/) override {
    std::erase_if(batch.entries(), [&](Entry* entry) {
      const bool drops = !extract(*entry, batch.arena()) && malformed_.has_value();
      if (drops) malformed_->drop(*entry);
      return drops;
    });
  }

 private:
  // False: malformed.
  bool extract(Entry& entry, model::Arena& arena) {
    const auto text = input_of(entry, source_, arena);
    if (!text) return true;
    if (extractor_.extract(*text, entry.extracted, arena) == JsonExtractor::Outcome::Malformed) {
      unparsed_.add();
      return false;
    }
    if (keys_ == nullptr) return true;
    for (const auto& member : extractor_.members())
      if (keys_->matches(member.name))
        entry.extracted.set(arena.copy(member.name), value_of(member.value, arena, scratch_));
    return true;
  }

  std::vector<NamedSource> names_;
  std::optional<std::string> source_;
  std::optional<Dropper> malformed_;
  std::unique_ptr<Pattern> keys_;  // those that match are extracted too, as in Alloy; may be null
  selfmon::Counter& unparsed_;
  JsonExtractor extractor_;
  std::string scratch_;
};

// One leading dot of the jq kind is taken away (logs.md 9.1).
std::string_view without_leading_dot(std::string_view expression) {
  const std::string_view text = trim(expression);
  if (text == ".") return "@";
  if (text.size() < 2 || text[0] != '.') return expression;
  const char next = text[1];
  const bool starts_name =
      (next >= 'a' && next <= 'z') || (next >= 'A' && next <= 'Z') || next == '_' || next == '"';
  return starts_name ? text.substr(1) : expression;
}

}  // namespace

Result<StagePtr> make_json_stage(const config::Node& options, StageSite& site) {
  config::Reader in(options, config::Keys::Stage, site.context.report, site.path);
  const config::Node expressions = in.child("expressions");
  auto names = read_named_sources(expressions, in.path_of("expressions"), in.report());
  auto keys = read_pattern(in, "regex");
  if (names.empty() && !in.has("regex")) in.error("", "expressions are required");
  auto source = read_source(in);
  const bool drops = read_flag(in, "drop_malformed", false, Typing::Strict);
  std::vector<JmesPath> paths;
  for (const NamedSource& name : names) {
    auto path = JmesPath::compile(without_leading_dot(name.source));
    const config::Node at = expressions.get(name.name);
    const std::string place = in.path_of("expressions") + "." + name.name;
    if (!path) {
      in.report().error(at.mark(), place,
                        "\"" + name.source + "\" is no JMESPath: " + path.error().message);
      continue;
    }
    for (const std::string& unknown : path->unknown_functions())
      in.report().warning(at.mark(), place,
                          "there is no function " + unknown + "(): nothing will be extracted");
    paths.push_back(std::move(*path));
  }
  if (const Status read = in.finish(); !read) return read.error();
  if (paths.size() != names.size())
    return Error{ErrorKind::Config, site.path + ": bad expressions"};
  std::optional<Dropper> malformed;
  if (drops) malformed.emplace(site, kStageDrop, "malformed_json");
  for (const NamedSource& name : names)
    site.extracted.insert(name.name);
  auto stage = std::make_unique<JsonStage>(std::move(names), std::move(source),
                                           std::move(malformed), std::move(keys), site.unparsed());
  for (std::size_t i = 0; i < paths.size(); ++i)
    stage->add(i, std::move(paths[i]));
  return StagePtr(std::move(stage));
}

}  // namespace agent::logs
