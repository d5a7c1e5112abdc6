#pragma once
#include <cstdio>
#include <string>
#include <utility>
#include <vector>

#include "agent/model/sample_batch.h"
#include "agent/model/sink.h"

namespace agent::testing {

/// Keeps samples as text, because a series lives only until the push returns: `name{a="b"}`, value;
/// the value of a marker is `stale`.
class SampleRecorder final : public model::Sink<model::SampleBatch> {
 public:
  struct Recorded {
    std::string series;
    std::string value;
    std::int64_t timestamp_ms = 0;
    std::uint64_t id = 0;
  };

  model::Push push(model::SampleBatch&& batch) override {
    if (full) return model::Push::Full;
    const model::SampleBatch taken = std::move(batch);
    ++pushes;
    last.clear();
    for (const auto& sample : taken.samples) {
      model::LabelSet labels = sample.series->labels.unpack();
      const std::string name(labels.get("__name__"));
      labels.erase("__name__");
      char value[32];
      std::snprintf(value, sizeof value, "%g", sample.value);
      last.push_back({name + to_string(labels),
                      model::is_stale_nan(sample.value) ? std::string("stale") : value,
                      sample.timestamp_ms, sample.series->id});
    }
    ended = taken.ended_series;
    all.insert(all.end(), last.begin(), last.end());
    return model::Push::Taken;
  }

  /// `series value` of the last push, without the report series but `up`, in order.
  std::vector<std::string> page() const {
    std::vector<std::string> out;
    for (const auto& sample : last)
      if (!sample.series.starts_with("scrape_")) out.push_back(sample.series + " " + sample.value);
    return out;
  }
  /// The value in the last push of the series named `name`; "" where there is none.
  std::string value_of(const std::string& name) const {
    for (const auto& sample : last)
      if (sample.series.starts_with(name + "{")) return sample.value;
    return {};
  }

  bool full = false;
  int pushes = 0;
  std::vector<Recorded> last;
  std::vector<Recorded> all;
  std::vector<std::uint64_t> ended;
};

}  // namespace agent::testing
