#pragma once
// The stages of one log job between its files and the clients.
//
// DESIGN. Stages keep state (partial lines, blocks), so a batch can go through them only once. When
// the clients have no room for what comes out, the job keeps it (`waiting_`) and is Full to its
// source until it is handed on: at most one batch is held here.
#include <functional>
#include <memory>

#include "agent/base/clock.h"
#include "agent/logs/stages/pipeline.h"
#include "agent/loop/event_loop.h"
#include "agent/model/log_batch.h"
#include "agent/model/sink.h"

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
  LogJob(std::unique_ptr<logs::Pipeline> stages, LogOutlet& outlet, loop::EventLoop& loop,
         const Clock& clock);
  model::Push push(model::LogBatch&& batch) override;
  /// Lets go of everything that stages hold back (multiline blocks, partial lines): the end of the
  /// source.
  void flush();
  /// Other stages from now on; what the old ones hold back goes out first.
  void replace_stages(std::unique_ptr<logs::Pipeline> stages);
  /// Entries in the stages and waiting for room.
  std::uint64_t held_records() const { return stages_->held_records() + waiting_.entries.size(); }
  /// True while label pointers are held here: the label table must not be swept.
  bool waits() const { return !waiting_.entries.empty(); }

 private:
  bool hand_on();
  void arm_timer();
  void on_timer();

  std::unique_ptr<logs::Pipeline> stages_;
  LogOutlet& outlet_;
  loop::EventLoop& loop_;
  const Clock& clock_;
  model::LogBatch waiting_;
  loop::Timer timer_;
};

}  // namespace agent::pipeline
