#pragma once
// The stages of one log job between its files and the clients.
//
// DESIGN. Stages keep state (partial lines, blocks), so a batch can go through them only once. When
// the clients have no room for what comes out, or the rate of lines is used up, the job keeps it
// (`waiting_`) and is Full to its source until it is handed on: at most one batch is held here.
#include <functional>
#include <memory>

#include "agent/base/clock.h"
#include "agent/logs/stages/pipeline.h"
#include "agent/loop/event_loop.h"
#include "agent/model/log_batch.h"
#include "agent/model/sink.h"
#include "agent/pipeline/line_rate.h"

namespace agent::pipeline {

/// Takes what comes out of the stages: all entries or none. The batch stays the caller's.
class LogOutlet {
 public:
  LogOutlet() = default;
  LogOutlet(const LogOutlet&) = delete;
  LogOutlet& operator=(const LogOutlet&) = delete;
  virtual ~LogOutlet() = default;
  virtual model::Push push(const model::LogBatch& batch) = 0;
};

class LogJob final : public model::Sink<model::LogBatch> {
 public:
  /// References outlive the job.
  LogJob(std::unique_ptr<logs::Pipeline> stages, LogOutlet& outlet, LineRate& rate,
         loop::EventLoop& loop, const Clock& clock);
  model::Push push(model::LogBatch&& batch) override;
  /// Lets go of everything that stages hold back (multiline blocks, partial lines), whatever the
  /// rate: the end of the source.
  void flush();
  /// Other stages from now on; what the old ones hold back goes out first.
  void replace_stages(std::unique_ptr<logs::Pipeline> stages);
  /// Entries in the stages and waiting for room.
  std::uint64_t held_records() const { return stages_->held_records() + waiting_.entries.size(); }
  /// True while label pointers are held here: the label table must not be swept.
  bool waits() const { return !waiting_.entries.empty(); }

 private:
  bool hand_on();
  bool hand_out(model::LogBatch& batch);
  bool hand_out_at_rate(model::LogBatch& batch);
  void arm_timer();
  void on_timer();

  std::unique_ptr<logs::Pipeline> stages_;
  LogOutlet& outlet_;
  LineRate& rate_;
  loop::EventLoop& loop_;
  const Clock& clock_;
  model::LogBatch waiting_;
  model::LogBatch part_;  // the front of a batch; its text is that batch's
  Duration next_try_{};   // of what waits
  loop::Timer timer_;
};

}  // namespace agent::pipeline
