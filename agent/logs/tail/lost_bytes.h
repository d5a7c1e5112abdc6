#pragma once
// Bytes of files that went away before they were read: counted, by reason. Spec: delivery.md 1.
#include <cstdint>
#include <set>
#include <string>

#include "agent/base/log.h"
#include "agent/model/label_set.h"
#include "agent/selfmon/metrics.h"

namespace agent::logs {

/// Counts into lost_bytes_total{reason, ...}: with namespace, pod and container where the stream
/// has a pod, else with the path. The first hundred such places have series of their own; all
/// further ones share one, whose path is "other".
class LostBytes {
 public:
  static constexpr std::size_t kMostPlaces = 100;

  /// `log` outlives it.
  LostBytes(selfmon::Scope scope, Logger& log) : scope_(std::move(scope)), log_(log) {}
  /// `reason`: truncated, deleted, rotated_away, read_error. `labels` are those of the stream.
  void count(std::string_view reason, const std::string& path, const model::LabelSet& labels,
             std::uint64_t bytes);

 private:
  selfmon::Scope scope_;
  Logger& log_;
  std::set<model::LabelSet> places_;
};

}  // namespace agent::logs
