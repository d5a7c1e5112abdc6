// sampling: keeps a random share of the entries.
#include <algorithm>

#include "agent/base/random.h"
#include "agent/logs/stages/makers.h"
#include "agent/logs/stages/options.h"

namespace agent::logs {
namespace {

class SamplingStage final : public Stage {
 public:
  SamplingStage(double rate, Dropper dropper) : rate_(rate), dropper_(std::move(dropper)) {}

  void apply(EntryBatch& batch, Timestamp /*now*/) override {
    std::erase_if(batch.entries(), [&](const Entry* entry) {
      // fraction() is below 1, so that a rate of 1 keeps everything and 0 nothing.
      const bool drops = random_.fraction() >= rate_;
      if (drops) dropper_.drop(*entry);
      return drops;
    });
  }

 private:
  double rate_;
  Dropper dropper_;
  Random random_ = Random::from_system();
};

}  // namespace

Result<StagePtr> make_sampling_stage(const config::Node& options, StageSite& site) {
  config::Reader in(options, config::Keys::Stage, site.context.report, site.path);
  const double rate = in.number("rate", 0, 0, 1);
  const auto reason = read_drop_reason(in, "sampling_stage", Typing::Weak);
  if (const Status read = in.finish(); !read) return read.error();
  return StagePtr(std::make_unique<SamplingStage>(rate, Dropper(site, kSampledOut, reason)));
}

}  // namespace agent::logs
