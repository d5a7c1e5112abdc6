#include "agent/pipeline/log_job.h"

#include <algorithm>
#include <utility>

namespace agent::pipeline {
namespace {

using model::Push;

constexpr Duration kRoomCheck = std::chrono::milliseconds(100);

}  // namespace

LogJob::LogJob(std::unique_ptr<logs::Pipeline> stages, LogOutlet& outlet, LineRate& rate,
               loop::EventLoop& loop, const Clock& clock)
    : stages_(std::move(stages)), outlet_(outlet), rate_(rate), loop_(loop), clock_(clock) {}

// True when nothing waits any more.
bool LogJob::hand_on() {
  if (waiting_.entries.empty()) return true;
  if (!hand_out(waiting_)) return false;
  waiting_.clear();
  return true;
}

// True when all of the batch went; else what is left in it has to wait.
bool LogJob::hand_out(model::LogBatch& batch) {
  if (rate_.makes_wait()) return hand_out_at_rate(batch);
  next_try_ = kRoomCheck;
  return outlet_.push(batch) == Push::Taken;
}

bool LogJob::hand_out_at_rate(model::LogBatch& batch) {
  const Timestamp now = clock_.wall_now();
  const std::size_t allowed = rate_.allowed(batch.entries.size(), now);
  next_try_ = rate_.pause(now);
  if (allowed == 0) return false;
  const bool whole = allowed == batch.entries.size();
  const auto end = batch.entries.begin() + static_cast<std::ptrdiff_t>(allowed);
  if (!whole) part_.entries.assign(batch.entries.begin(), end);
  const Push answer = outlet_.push(whole ? batch : part_);
  part_.entries.clear();
  if (answer == Push::Full) {
    next_try_ = kRoomCheck;
    return false;
  }
  rate_.take(allowed);
  if (!whole) batch.entries.erase(batch.entries.begin(), end);
  return whole;
}

Push LogJob::push(model::LogBatch&& batch) {
  if (!hand_on()) return Push::Full;
  const Timestamp now = clock_.wall_now();
  stages_->process(batch, now);
  rate_.drop_excess(batch, now);
  if (!batch.entries.empty() && !hand_out(batch)) waiting_ = std::move(batch);
  arm_timer();
  return Push::Taken;
}

void LogJob::arm_timer() {
  const auto due = stages_->next_deadline();
  if (!due && waiting_.entries.empty()) return timer_.stop();
  // What is due has to wait for room as well: it follows what already waits.
  const Duration delay =
      waiting_.entries.empty() ? std::max(*due - clock_.wall_now(), Duration::zero()) : next_try_;
  timer_ = loop_.after(delay, [this] { on_timer(); });
}

void LogJob::on_timer() {
  if (hand_on()) {
    const Timestamp now = clock_.wall_now();
    stages_->release_due(waiting_, now);
    rate_.drop_excess(waiting_, now);
    hand_on();
  }
  arm_timer();
}

void LogJob::flush() {
  if (!waiting_.entries.empty() && outlet_.push(waiting_) == Push::Taken) waiting_.clear();
  stages_->flush(waiting_, clock_.wall_now());
  if (!waiting_.entries.empty() && outlet_.push(waiting_) == Push::Taken) waiting_.clear();
  next_try_ = kRoomCheck;
  arm_timer();
}

void LogJob::replace_stages(std::unique_ptr<logs::Pipeline> stages) {
  flush();
  stages_ = std::move(stages);
}

}  // namespace agent::pipeline
