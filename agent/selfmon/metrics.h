#pragma once
// The agent's own metrics: counters, gauges, histograms. Handed down as a Scope; there are no
// globals.
//
// Threads: a metric may be changed on any thread (relaxed atomics: each one is a number of its own,
// nothing is ordered by it). Making and removing metrics takes the registry's lock; do it at
// set-up, not for each record.
#include <atomic>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "agent/base/clock.h"
#include "agent/base/result.h"
#include "agent/model/label_set.h"
#include "agent/selfmon/alias.h"
#include "agent/selfmon/series_family.h"

namespace agent::selfmon {

class Counter {
 public:
  void add(std::uint64_t n = 1) { value_.fetch_add(n, std::memory_order_relaxed); }
  std::uint64_t value() const { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<std::uint64_t> value_{0};
};

class Gauge {
 public:
  void set(double value) { value_.store(value, std::memory_order_relaxed); }
  void add(double delta) { value_.fetch_add(delta, std::memory_order_relaxed); }
  double value() const { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<double> value_{0};
};

/// Classic cumulative buckets.
class Histogram {
 public:
  explicit Histogram(std::vector<double> bounds)
      : bounds_(std::move(bounds)), counts_(bounds_.size() + 1) {}
  void observe(double value);
  const std::vector<double>& bounds() const { return bounds_; }
  /// Observations at or below bounds()[i]; the last one counts all.
  std::uint64_t cumulative(std::size_t i) const;
  double sum() const { return sum_.value(); }

 private:
  std::vector<double> bounds_;
  std::vector<std::atomic<std::uint64_t>> counts_;
  Gauge sum_;
};

/// Prometheus' default buckets, in seconds.
std::vector<double> default_buckets();

class Registry;

/// A place in the registry with a name prefix ("dunlin_") and fixed labels. Cheap to copy.
/// References to metrics stay good while any scope of the registry lives, or until the metric is
/// removed.
class Scope {
 public:
  /// A registry of its own with the prefix "dunlin_".
  Scope();
  explicit Scope(std::string prefix);

  /// The same registry with one more label on everything made through it.
  Scope with(std::string_view label, std::string_view value) const;
  /// The same registry under another prefix (the peers' names).
  Scope with_prefix(std::string_view prefix) const;

  /// The metric of that name and labels, made on first use. `help` is taken from the first that
  /// gives one.
  Counter& counter(std::string_view name, std::string_view help = {}) const;
  Counter& counter(std::string_view name, std::string_view label, std::string_view value) const;
  Counter& counter(std::string_view name, const model::LabelSet& labels,
                   std::string_view help = {}) const;
  Gauge& gauge(std::string_view name, std::string_view help = {}) const;
  Gauge& gauge(std::string_view name, const model::LabelSet& labels,
               std::string_view help = {}) const;
  Histogram& histogram(std::string_view name, std::vector<double> bounds,
                       const model::LabelSet& labels = {}, std::string_view help = {}) const;
  /// Removes the metric with these labels (a file or target that is gone).
  void remove(std::string_view name, const model::LabelSet& labels) const;

  /// The family of that full name, whatever the scope's prefix and labels: one for all who ask.
  /// Where the agent has a metric of that name too, the family is not shown. Errors: Config, when
  /// the family is of another type.
  Result<std::shared_ptr<SeriesFamily>> series(const std::string& full_name,
                                               SeriesFamily::Options options) const;
  /// Retires all families: the configuration is read anew.
  void restart_series() const;
  /// Forgets series that are idle; to be called when a page was written.
  void forget_idle_series(Timestamp now) const;

  /// Everything in the registry as text 0.0.4, families sorted by name.
  std::string exposition() const;
  /// The same series as the families of `aliases`, in their order; what is not there does not show.
  std::string exposition_of(std::span<const Alias> aliases) const;

 private:
  Scope(std::shared_ptr<Registry> registry, std::string prefix, model::LabelSet labels);
  std::shared_ptr<Registry> registry_;
  std::string prefix_;
  model::LabelSet labels_;
};

}  // namespace agent::selfmon
