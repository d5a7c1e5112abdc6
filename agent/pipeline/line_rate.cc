#include "agent/pipeline/line_rate.h"

#include <algorithm>
#include <utility>

#include "agent/logs/stages/options.h"

namespace agent::pipeline {
namespace {

// Between two looks of a source for room (50 ms) tokens must not overflow, or the rate would not be
// reached.
constexpr double kLeastBurstSeconds = 0.1;
constexpr Duration kShortestPause = std::chrono::milliseconds(10);

bool same_rate(const logs::LogsConfig::Limits& a, const logs::LogsConfig::Limits& b) {
  return a.readline_rate_enabled == b.readline_rate_enabled && a.readline_rate == b.readline_rate &&
         a.readline_burst == b.readline_burst && a.readline_rate_drop == b.readline_rate_drop;
}

}  // namespace

LineRate::LineRate(selfmon::Scope metrics, selfmon::Ledger& ledger, model::ReceiptBook& receipts)
    : metrics_(std::move(metrics)), ledger_(ledger), receipts_(receipts) {}

void LineRate::configure(const logs::LogsConfig::Limits& limits, Timestamp now) {
  if (same_rate(limits, limits_)) return;
  limits_ = limits;
  drops_ = limits.readline_rate_drop;
  bucket_.reset();
  if (!limits.readline_rate_enabled) return;
  const auto burst = static_cast<double>(limits.readline_burst);
  if (drops_) {
    dropped_ =
        &metrics_.counter("logentry_dropped_lines_total", "reason", "global_rate_limiter_drop");
    bucket_.emplace(limits.readline_rate, burst, now);
  } else if (limits.readline_rate > 0 && limits.readline_burst > 0) {
    // Lines that would wait for ever pass, as in Promtail.
    bucket_.emplace(limits.readline_rate,
                    std::max(burst, limits.readline_rate * kLeastBurstSeconds), now);
  }
}

void LineRate::drop_excess(model::LogBatch& batch, Timestamp now) {
  if (!bucket_ || !drops_ || batch.entries.empty()) return;
  const std::size_t passing = allowed(batch.entries.size(), now);
  bucket_->take(passing);
  const std::size_t excess = batch.entries.size() - passing;
  if (excess == 0) return;
  for (std::size_t i = passing; i < batch.entries.size(); ++i)
    receipts_.settle(batch.entries[i].receipt);
  batch.entries.resize(passing);
  dropped_->add(excess);
  ledger_.dropped().add(logs::kLimitRate, excess);
}

std::size_t LineRate::allowed(std::size_t wanted, Timestamp now) {
  return std::min<std::uint64_t>(wanted, bucket_->available(now));
}

Duration LineRate::pause(Timestamp now) const {
  return std::max(bucket_->next() - now, kShortestPause);
}

}  // namespace agent::pipeline
