// eventlogmessage: "key: value" lines of a Windows event's message become extracted values.
#include "agent/base/strings.h"
#include "agent/logs/stages/event_fields.h"
#include "agent/logs/stages/makers.h"

namespace agent::logs {
namespace {

class EventLogMessageStage final : public Stage {
 public:
  EventLogMessageStage(EventOptions options, selfmon::Counter& unparsed)
      : fields_(std::move(options)), unparsed_(unparsed) {}

  void apply(EntryBatch& batch, Timestamp /*now*/) override {
    for (Entry* entry : batch.entries())
      apply_one(*entry, batch.arena());
  }

 private:
  void apply_one(Entry& entry, model::Arena& arena) {
    const auto value = entry.extracted.get(fields_.source());
    const auto text = value ? text_of(*value, arena) : std::nullopt;
    if (!text) return;
    bool found = false;
    for (std::size_t start = 0; start <= text->size();) {
      const std::size_t end = std::min(text->find("\r\n", start), text->size());
      const std::string_view line = text->substr(start, end - start);
      const std::size_t colon = line.find(':');
      if (colon != std::string_view::npos)
        found = fields_.set(entry.extracted, line.substr(0, colon), trim(line.substr(colon + 1)),
                            arena) ||
                found;
      start = end + 2;
    }
    if (!found) unparsed_.add();
  }

  EventFields fields_;
  selfmon::Counter& unparsed_;
};

}  // namespace

Result<StagePtr> make_eventlogmessage_stage(const config::Node& options, StageSite& site) {
  config::Reader in(options, config::Keys::Stage, site.context.report, site.path);
  auto out = read_event_options(in);
  if (const Status read = in.finish(); !read) return read.error();
  return StagePtr(std::make_unique<EventLogMessageStage>(std::move(out), site.unparsed()));
}

}  // namespace agent::logs
