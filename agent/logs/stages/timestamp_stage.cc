// timestamp: the entry's time comes from an extracted value.
#include "agent/logs/stages/go_time.h"
#include "agent/logs/stages/makers.h"
#include "agent/logs/stages/options.h"
#include "agent/logs/stages/time_setter.h"

namespace agent::logs {
namespace {

class TimestampStage final : public Stage {
 public:
  struct Options {
    std::string source;
    std::vector<std::string> formats;
    std::optional<Zone> location;
    Zone local;
    TimeFailure on_failure = TimeFailure::Fudge;
    TimeRepeat on_repeat = TimeRepeat::Keep;
  };

  TimestampStage(Options options, selfmon::Counter& unparsed)
      : options_(std::move(options)),
        setter_(options_.on_failure, options_.on_repeat),
        unparsed_(unparsed) {
    const TimeZones zones{options_.location ? &*options_.location : nullptr, &options_.local};
    for (const std::string& format : options_.formats)
      formats_.emplace_back(format, zones);
  }

  void apply(EntryBatch& batch, Timestamp now) override {
    for (Entry* entry : batch.entries()) {
      const auto time = read(*entry, batch.arena(), now);
      if (!time) unparsed_.add();
      setter_.set(*entry, time);
    }
  }

 private:
  std::optional<Timestamp> read(const Entry& entry, model::Arena& arena, Timestamp now) {
    const auto value = entry.extracted.get(options_.source);
    const auto text = value ? text_of(*value, arena) : std::nullopt;
    if (!text) return std::nullopt;
    for (TimeFormat& format : formats_)
      if (const auto time = format.parse(*text, now)) return time;
    return std::nullopt;
  }

  Options options_;
  std::vector<TimeFormat> formats_;
  TimeSetter setter_;
  selfmon::Counter& unparsed_;
};

}  // namespace

Result<StagePtr> make_timestamp_stage(const config::Node& options, StageSite& site) {
  config::Reader in(options, config::Keys::Stage, site.context.report, site.path);
  TimestampStage::Options out;
  out.source = read_required_source(in);
  const auto format = in.required_string("format", config::Text::Strict);
  if (in.has("format") && format.empty()) in.error("format", "it must not be empty");
  out.formats.push_back(format);
  for (auto& fallback : read_texts(in, "fallback_formats", Typing::Strict))
    out.formats.push_back(std::move(fallback));
  const auto location = in.string("location", {}, config::Text::Strict);
  if (!location.empty()) {
    auto zone = Zone::load(location);
    if (!zone) in.error("location", zone.error().message);
    if (zone) out.location = std::move(*zone);
  }
  const auto action = in.string("action_on_failure", "fudge", config::Text::Strict);
  if (action == "skip") {
    out.on_failure = TimeFailure::Skip;
  } else if (action != "fudge") {
    in.error("action_on_failure", "fudge or skip is asked here");
  }
  const auto repeat = in.string("action_on_duplicate_timestamp", "keep", config::Text::Strict);
  if (repeat == "fudge") {
    out.on_repeat = TimeRepeat::Fudge;
  } else if (repeat != "keep") {
    in.error("action_on_duplicate_timestamp", "keep or fudge is asked here");
  }
  // Without a readable local zone, abbreviations other than UTC and GMT count as offset 0.
  if (auto local = Zone::load("Local")) out.local = std::move(*local);
  if (const Status read = in.finish(); !read) return read.error();
  return StagePtr(std::make_unique<TimestampStage>(std::move(out), site.unparsed()));
}

}  // namespace agent::logs
