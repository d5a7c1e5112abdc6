#pragma once
// Metrics that users define: series that come with the labels of what passes, and go when idle.
//
// DESIGN. Their label sets are not known at set-up, so the way to a series is short: a look-up by
// the hash of interned labels, which allocates nothing once the series exists. Whoever writes takes
// the family's lock once for a batch (Access); whoever reads the page takes it for one family.
#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <unordered_map>
#include <vector>

#include "agent/base/clock.h"
#include "agent/model/label_table.h"

namespace agent::selfmon {

/// All series of one name. Any thread.
class SeriesFamily {
 public:
  enum class Type : std::uint8_t { Counter, Gauge, Histogram };
  struct Options {
    Type type = Type::Counter;
    std::string help;
    std::vector<double> bounds;  ///< of a histogram's buckets, ascending, without +Inf
  };
  /// Label sets beyond are refused.
  static constexpr std::size_t kMaxSeries = 100'000;

  /// One series; starts at 0.
  struct Series {
    double value = 0;                       ///< of a histogram: the sum
    std::vector<std::uint64_t> in_buckets;  ///< of a histogram: observations by bucket, +Inf last
    Timestamp idle_at{};                    ///< not updated by then: it may go
  };

  explicit SeriesFamily(Options options) : options_(std::move(options)) {}
  const Options& options() const { return options_; }

  /// The right to write, as long as it lives.
  class Access {
   public:
    explicit Access(SeriesFamily& family) : family_(family), lock_(family.mutex_) {}
    /// The family is on no page any more: get the one that took its place.
    bool is_retired() const { return family_.is_retired_; }
    /// The series of `labels` without those that start with `__`; characters that label names
    /// cannot have become `_`. Null where there are kMaxSeries others that are not idle at `now`.
    /// Good as long as this Access.
    Series* find(const model::Labels& labels, Timestamp now) { return family_.find(labels, now); }
    void observe(Series& series, double value) const;

   private:
    SeriesFamily& family_;
    std::lock_guard<std::mutex> lock_;
  };

  /// All series as text 0.0.4 under `name`; "" where there are none.
  std::string exposition(const std::string& name);
  /// Forgets series whose idle_at is not after `now`.
  void forget_idle(Timestamp now);
  void retire();

 private:
  Series* find(const model::Labels& labels, Timestamp now);
  Series* make(const model::Labels& labels, Timestamp now);
  void forget_idle_locked(Timestamp now);
  model::LabelSet visible(const model::LabelSet& labels) const;

  const Options options_;
  std::mutex mutex_;
  bool is_retired_ = false;
  std::map<model::LabelSet, Series> series_;
  std::unordered_map<std::uint64_t, Series*> by_hash_;  // of all labels; several may lead to one
};

}  // namespace agent::selfmon
