#include "agent/pipeline/log_job.h"

#include <algorithm>
#include <utility>

namespace agent::pipeline {
namespace {

using model::Push;

constexpr Duration kRoomCheck = std::chrono::milliseconds(100);

}  // namespace

LogJob::LogJob(std::unique_ptr<logs::Pipeline> stages, LogOutlet& outlet, loop::EventLoop& loop,
               const Clock& clock)
    : stages_(std::move(stages)), outlet_(outlet), loop_(loop), clock_(clock) {}

// True when nothing waits any more.
bool LogJob::hand_on() {
  if (waiting_.entries.empty()) return true;
  if (outlet_.push(waiting_) == Push::Full) return false;
  waiting_.clear();
  return true;
}

Push LogJob::push(model::LogBatch&& batch) {
  if (!hand_on()) return Push::Full;
  stages_->process(batch, clock_.wall_now());
  if (!batch.entries.empty() && outlet_.push(batch) == Push::Full) waiting_ = std::move(batch);
  arm_timer();
  return Push::Taken;
}

void LogJob::arm_timer() {
  const auto due = stages_->next_deadline();
  if (!due && waiting_.entries.empty()) return timer_.stop();
  // What is due has to wait for room as well: it follows what already waits.
  const Duration delay =
      waiting_.entries.empty() ? std::max(*due - clock_.wall_now(), Duration::zero()) : kRoomCheck;
  timer_ = loop_.after(delay, [this] { on_timer(); });
}

void LogJob::on_timer() {
  if (hand_on()) {
    stages_->release_due(waiting_, clock_.wall_now());
    hand_on();
  }
  arm_timer();
}

void LogJob::flush() {
  hand_on();
  stages_->flush(waiting_, clock_.wall_now());
  hand_on();
  arm_timer();
}

void LogJob::replace_stages(std::unique_ptr<logs::Pipeline> stages) {
  flush();
  stages_ = std::move(stages);
}

}  // namespace agent::pipeline
