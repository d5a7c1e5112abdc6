// logfmt: key=value pairs become extracted values.
#include <algorithm>

#include "agent/logs/stages/logfmt.h"
#include "agent/logs/stages/makers.h"
#include "agent/logs/stages/options.h"

namespace agent::logs {
namespace {

class LogfmtStage final : public Stage {
 public:
  LogfmtStage(std::vector<NamedSource> mapping, std::optional<std::string> source,
              std::unique_ptr<Pattern> keys, selfmon::Counter& unparsed)
      : mapping_(std::move(mapping)),
        source_(std::move(source)),
        keys_(std::move(keys)),
        unparsed_(unparsed) {}

  void apply(EntryBatch& batch, Timestamp /*now*/) override {
    for (Entry* entry : batch.entries())
      apply_one(*entry, batch.arena());
  }

 private:
  void apply_one(Entry& entry, model::Arena& arena) {
    const auto text = input_of(entry, source_, arena);
    if (!text) return;
    LogfmtScanner scanner(*text);
    while (scanner.next()) {
      for (const NamedSource& wanted : mapping_) {
        if (wanted.source != scanner.key()) continue;
        const auto found =
            scanner.value_is_in_text() ? scanner.value() : arena.copy(scanner.value());
        entry.extracted.set(wanted.name, Value::of(found));
      }
      if (keys_ != nullptr && keys_->matches(scanner.key()))
        entry.extracted.set(arena.copy(scanner.key()), Value::of(arena.copy(scanner.value())));
    }
    if (scanner.failed()) unparsed_.add();
  }

  std::vector<NamedSource> mapping_;
  std::optional<std::string> source_;
  std::unique_ptr<Pattern> keys_;  // those that match are extracted too, as in Alloy; may be null
  selfmon::Counter& unparsed_;
};

}  // namespace

Result<StagePtr> make_logfmt_stage(const config::Node& options, StageSite& site) {
  config::Reader in(options, config::Keys::Stage, site.context.report, site.path);
  auto mapping = read_named_sources(in.child("mapping"), in.path_of("mapping"), in.report());
  auto keys = read_pattern(in, "regex");
  if (mapping.empty() && !in.has("regex")) in.error("", "mapping is required");
  auto source = read_source(in);
  if (const Status read = in.finish(); !read) return read.error();
  for (const NamedSource& item : mapping)
    site.extracted.insert(item.name);
  return StagePtr(std::make_unique<LogfmtStage>(std::move(mapping), std::move(source),
                                                std::move(keys), site.unparsed()));
}

}  // namespace agent::logs
