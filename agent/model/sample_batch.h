#pragma once
// Samples on their way from a scrape to the remote-write encoders.
#include <bit>
#include <cstdint>
#include <vector>

#include "agent/model/packed_labels.h"

namespace agent::model {

/// The NaN that says "this series has ended". Its bits survive parsing, queue and encoding. Spec:
/// metrics.md 6.4.
inline constexpr std::uint64_t kStaleNanBits = 0x7ff0000000000002ULL;
/// What every NaN of a page becomes.
inline constexpr std::uint64_t kNormalNanBits = 0x7ff8000000000001ULL;

inline double stale_nan() { return std::bit_cast<double>(kStaleNanBits); }
inline double normal_nan() { return std::bit_cast<double>(kNormalNanBits); }
inline bool is_stale_nan(double value) {
  return std::bit_cast<std::uint64_t>(value) == kStaleNanBits;
}

/// A time series as its owner (a target's series cache) knows it: final labels, after relabeling,
/// before external labels. The id is never used again in this process; the address is good until
/// the push of a batch returns.
struct Series {
  std::uint64_t id = 0;
  PackedLabels labels;
};

struct Sample {
  const Series* series = nullptr;
  std::int64_t timestamp_ms = 0;
  double value = 0;  ///< may be stale_nan()
};

/// The samples of one scrape (or part of one), in page order, and the series that have ended:
/// receivers forget what they keep for those ids after they have taken the batch.
struct SampleBatch {
  std::vector<Sample> samples;
  std::vector<std::uint64_t> ended_series;
};

}  // namespace agent::model
