#include "agent/export/otlp_batcher.h"

#include <algorithm>
#include <memory>
#include <utility>

#include "agent/base/check.h"
#include "agent/export/otlp_payload.h"

namespace agent::exporter {
namespace {

// How often a full output is asked again when nothing else happens.
constexpr Duration kAskAgain = std::chrono::milliseconds(200);

}  // namespace

OtlpBatcher::OtlpBatcher(loop::EventLoop& loop, const Clock& clock, model::OtlpBatchConfig config,
                         model::OtlpCompression compression, Output output)
    : loop_(loop),
      clock_(clock),
      config_(config),
      compression_(compression),
      output_(std::move(output)) {}

model::Push OtlpBatcher::push(model::SpanBatch&& batch) {
  if (!hand_over_waiting()) return model::Push::Full;
  const bool no_fit = is_oversized(std::uint64_t{pending_.spans} + batch.spans,
                                   std::uint64_t{pending_.otlp.size()} + batch.otlp.size());
  if (pending_.spans > 0 && no_fit && !hand_over(std::exchange(pending_, {})))
    return model::Push::Full;
  if (is_oversized(batch.spans, batch.otlp.size()))
    split(std::move(batch));
  else
    append(std::move(batch));
  return model::Push::Taken;
}

bool OtlpBatcher::is_oversized(std::uint64_t spans, std::uint64_t bytes) const {
  return spans > config_.send_batch_max_size || bytes > config_.max_bytes;
}

void OtlpBatcher::append(model::SpanBatch&& batch) {
  if (pending_.spans == 0) {
    oldest_ = clock_.wall_now();
    pending_ = std::move(batch);
  } else {
    pending_.otlp += batch.otlp;
    pending_.spans += batch.spans;
  }
  if (pending_.spans >= config_.send_batch_size || pending_.otlp.size() >= config_.max_bytes ||
      config_.timeout == Duration::zero())
    hand_over(std::exchange(pending_, {}));
  else
    arm(config_.timeout);
}

void OtlpBatcher::split(model::SpanBatch&& batch) {
  oldest_ = clock_.wall_now();
  large_ = std::move(batch.otlp);
  large_spans_ = batch.spans;
  splitter_.emplace(large_,
                    codec::SpanSplitter::Limits{config_.send_batch_max_size, config_.max_bytes});
  hand_over_waiting();
}

// Turns a batch into a block and offers it; where there is no room it stays in ready_.
bool OtlpBatcher::hand_over(model::SpanBatch&& batch) {
  queue::Block block;
  block.payload =
      std::make_shared<const std::string>(encode_otlp_payload(std::move(batch.otlp), compression_));
  block.records = batch.spans;
  block.oldest = oldest_;
  if (output_(std::move(block)) == model::Push::Taken) return true;
  ready_ = std::move(block);  // NOLINT(bugprone-use-after-move): Full leaves it untouched
  arm(kAskAgain);
  return false;
}

bool OtlpBatcher::hand_over_waiting() {
  if (ready_) {
    if (output_(std::move(*ready_)) == model::Push::Full) return false;
    ready_.reset();
  }
  codec::SpanSplitter::Piece piece;
  while (splitter_ && splitter_->next(piece)) {
    large_spans_ -= std::min(large_spans_, piece.spans);
    if (!hand_over({std::move(piece.otlp), piece.spans})) return false;
  }
  AGENT_CHECK(large_spans_ == 0);  // its maker has walked it and counted
  splitter_.reset();
  large_ = {};
  return true;
}

bool OtlpBatcher::flush() {
  if (!hand_over_waiting()) return false;
  return pending_.spans == 0 || hand_over(std::exchange(pending_, {}));
}

std::uint64_t OtlpBatcher::held_records() const {
  return std::uint64_t{pending_.spans} + large_spans_ + (ready_ ? ready_->records : 0);
}

// A batch that waits for company is not kept waiting by another one: the earliest deadline stays.
void OtlpBatcher::arm(Duration delay) {
  if (armed_) return;
  armed_ = true;
  timer_ = loop_.after(delay, [this] { on_timer(); });
}

void OtlpBatcher::on_timer() {
  armed_ = false;
  if (!flush()) arm(kAskAgain);
}

}  // namespace agent::exporter
