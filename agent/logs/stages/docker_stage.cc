// docker: the JSON lines that Docker's json-file driver writes.
#include "agent/logs/stages/go_time.h"
#include "agent/logs/stages/json_extractor.h"
#include "agent/logs/stages/makers.h"
#include "agent/logs/stages/time_setter.h"

namespace agent::logs {
namespace {

class DockerStage final : public Stage {
 public:
  DockerStage(model::LabelTable& table, selfmon::Counter& unparsed)
      : table_(table), unparsed_(unparsed) {}

  Status build() {
    constexpr std::string_view kFields[][2] = {
        {"output", "log"}, {"stream", "stream"}, {"timestamp", "time"}};
    for (const auto& [name, path] : kFields) {
      auto compiled = JmesPath::compile(path);
      if (!compiled) return compiled.error();
      extractor_.add(name, std::move(*compiled));
    }
    return {};
  }

  void apply(EntryBatch& batch, Timestamp now) override {
    for (Entry* entry : batch.entries())
      apply_one(*entry, batch.arena(), now);
  }

 private:
  void apply_one(Entry& entry, model::Arena& arena, Timestamp now) {
    entry.extracted.seed(entry.labels);
    if (extractor_.extract(entry.line, entry.extracted, arena) ==
        JsonExtractor::Outcome::Malformed) {
      unparsed_.add();
      return;
    }
    const auto text = [&](std::string_view name) -> std::optional<std::string_view> {
      const auto value = entry.extracted.get(name);
      return value ? text_of(*value, arena) : std::nullopt;
    };
    if (const auto stream = text("stream"))
      entry.labels = table_.with(entry.labels, "stream", *stream);
    const auto time = text("timestamp");
    setter_.set(entry, time ? format_.parse(*time, now) : std::nullopt);
    if (const auto output = text("output")) entry.line = *output;
  }

  JsonExtractor extractor_;
  model::LabelTable& table_;
  selfmon::Counter& unparsed_;
  TimeFormat format_{"RFC3339Nano", {}};
  TimeSetter setter_{TimeFailure::Fudge};
};

}  // namespace

Result<StagePtr> make_docker_stage(const config::Node& options, StageSite& site) {
  config::Reader in(options, config::Keys::Stage, site.context.report, site.path);
  if (const Status read = in.finish(); !read) return read.error();
  auto stage = std::make_unique<DockerStage>(site.context.labels, site.unparsed());
  if (const Status built = stage->build(); !built) return built.error();
  site.extracted.insert({"output", "stream", "timestamp"});
  return StagePtr(std::move(stage));
}

}  // namespace agent::logs
