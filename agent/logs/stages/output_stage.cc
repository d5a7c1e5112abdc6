// output: the line becomes an extracted value.
#include "agent/logs/stages/makers.h"
#include "agent/logs/stages/options.h"

namespace agent::logs {
namespace {

class OutputStage final : public Stage {
 public:
  explicit OutputStage(std::string source) : source_(std::move(source)) {}

  void apply(EntryBatch& batch, Timestamp /*now*/) override {
    for (Entry* entry : batch.entries())
      if (const auto value = entry->extracted.get(source_))
        if (const auto text = text_of(*value, batch.arena())) entry->line = *text;
  }

 private:
  std::string source_;
};

}  // namespace

Result<StagePtr> make_output_stage(const config::Node& options, StageSite& site) {
  config::Reader in(options, config::Keys::Stage, site.context.report, site.path);
  auto source = read_required_source(in);
  if (const Status read = in.finish(); !read) return read.error();
  return StagePtr(std::make_unique<OutputStage>(std::move(source)));
}

}  // namespace agent::logs
