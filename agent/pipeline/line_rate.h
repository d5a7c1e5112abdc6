#pragma once
#include <cstdint>
#include <optional>

#include "agent/base/clock.h"
#include "agent/logs/logs_config.h"
#include "agent/logs/token_bucket.h"
#include "agent/model/log_batch.h"
#include "agent/model/receipt_book.h"
#include "agent/selfmon/ledger.h"
#include "agent/selfmon/metrics.h"

namespace agent::pipeline {

/// The rate of lines that all jobs of the process share: limits_config.readline_*. Counts what
/// comes out of the stages, as Promtail does. Spec: logs.md 1.2. Loop thread.
class LineRate {
 public:
  /// All outlive this.
  LineRate(selfmon::Scope metrics, selfmon::Ledger& ledger, model::ReceiptBook& receipts);

  /// Other limits from now on; the same ones change nothing.
  void configure(const logs::LogsConfig::Limits& limits, Timestamp now);
  /// Where lines past the rate are dropped: takes them out of `batch`, counted as
  /// global_rate_limiter_drop and limit_rate.
  void drop_excess(model::LogBatch& batch, Timestamp now);
  /// True where lines past the rate wait; then allowed() and take() count.
  bool makes_wait() const { return bucket_ && !drops_; }
  /// How many of `wanted` lines may go now; take() those that went.
  std::size_t allowed(std::size_t wanted, Timestamp now);
  void take(std::size_t lines) { bucket_->take(lines); }
  /// How long to wait after allowed() gave less than was wanted.
  Duration pause(Timestamp now) const;

 private:
  selfmon::Scope metrics_;
  selfmon::Ledger& ledger_;
  model::ReceiptBook& receipts_;
  logs::LogsConfig::Limits limits_;
  bool drops_ = false;
  std::optional<logs::TokenBucket> bucket_;  // nullopt: no limit
  selfmon::Counter* dropped_ = nullptr;      // made when a limit is configured
};

}  // namespace agent::pipeline
