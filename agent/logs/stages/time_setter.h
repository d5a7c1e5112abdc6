#pragma once
// Gives entries the time that was read from them, or the next best.
#include <cstdint>
#include <list>
#include <optional>
#include <unordered_map>

#include "agent/logs/stages/entry_batch.h"

namespace agent::logs {

/// What happens to the time of an entry whose text could not be read.
enum class TimeFailure { Fudge, Skip };
/// What happens to a time that is the one before it once more.
enum class TimeRepeat { Keep, Fudge };

/// Sets times, and remembers the last one of each label set: with Fudge an entry without a time of
/// its own gets that plus 1 ns, so that it stays behind its neighbour. Spec: logs.md 6 (timestamp).
class TimeSetter {
 public:
  explicit TimeSetter(TimeFailure on_failure, TimeRepeat on_repeat = TimeRepeat::Keep)
      : on_failure_(on_failure), on_repeat_(on_repeat) {}
  void set(Entry& entry, std::optional<Timestamp> time);

 private:
  static constexpr std::size_t kMaxLabelSets = 10'000;
  struct Known {
    std::uint64_t labels = 0;  // their hash
    Timestamp last{};          // as it was set
    Timestamp read{};          // as it was read
  };
  Known* find(std::uint64_t labels);
  TimeFailure on_failure_;
  TimeRepeat on_repeat_;
  std::list<Known> recent_;  // the one used last in front
  std::unordered_map<std::uint64_t, std::list<Known>::iterator> by_labels_;
};

}  // namespace agent::logs
