#include "agent/logs/tail/position_saver.h"

#include <algorithm>
#include <utility>

namespace agent::logs {
namespace {

constexpr Duration kStatePeriod = std::chrono::seconds(1);
constexpr Duration kShortestPeriod = std::chrono::milliseconds(100);

}  // namespace

PositionSaver::PositionSaver(Positions& positions, loop::EventLoop& loop, Duration yaml_period)
    : positions_(positions), loop_(loop) {
  positions_.on_change([this] { on_change(); });
  state_timer_ = loop_.every(std::min(kStatePeriod, std::max(yaml_period, kShortestPeriod)),
                             [this] { on_timer(); });
  yaml_timer_ = loop_.every(std::max(yaml_period, kShortestPeriod), [this] { yaml_due_ = true; });
}

PositionSaver::~PositionSaver() { positions_.on_change(nullptr); }

// Once for all that one turn of the loop moves.
void PositionSaver::on_change() {
  flush_timer_ = loop_.after(Duration::zero(), [this] { positions_.flush(); });
}

void PositionSaver::on_timer() {
  if (running_) return;  // a slow disk: what it misses comes with the next
  save(std::exchange(yaml_due_, false) ? Positions::Scope::BothTexts : Positions::Scope::OurState);
}

void PositionSaver::save(Positions::Scope scope) {
  running_ = positions_.begin_save(scope);
  if (!running_) return;
  work_ = loop::Offload(
      loop_, [save = running_] { save->run(); },
      [this] { positions_.end_save(*std::exchange(running_, nullptr)); });
}

}  // namespace agent::logs
