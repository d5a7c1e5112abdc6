#include "agent/logs/sources/batch_outlet.h"

#include <utility>

namespace agent::logs {
namespace {

constexpr Duration kRetryFull = std::chrono::milliseconds(50);

}  // namespace

BatchOutlet::BatchOutlet(model::Sink<model::LogBatch>& next, loop::EventLoop& loop,
                         selfmon::Counter& taken)
    : next_(next), loop_(loop), taken_(taken) {}

bool BatchOutlet::offer() {
  const std::size_t entries = batch_.entries.size();
  if (entries > 0 && next_.push(std::move(batch_)) == model::Push::Full) return false;
  taken_.add(entries);
  batch_.clear();
  return true;
}

bool BatchOutlet::push(loop::Callback on_room) {
  if (offer()) return true;
  stalled_ = true;
  on_room_ = std::move(on_room);
  wait();
  return false;
}

std::size_t BatchOutlet::push_or_refuse() {
  const std::size_t entries = batch_.entries.size();
  if (offer()) return 0;
  batch_.clear();
  return entries;
}

bool BatchOutlet::offer_again() {
  if (!stalled_ || !offer()) return false;
  timer_.stop();
  stalled_ = false;
  const auto on_room = std::exchange(on_room_, {});
  if (on_room) on_room();
  return true;
}

void BatchOutlet::wait() {
  timer_ = loop_.after(kRetryFull, [this] {
    if (!offer_again()) wait();
  });
}

}  // namespace agent::logs
