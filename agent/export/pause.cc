#include "agent/export/pause.h"

#include <utility>

namespace agent::exporter {

Pause::Pause(loop::EventLoop& loop, Random& random, Backoff::Limits limits, loop::Callback over)
    : loop_(loop), backoff_(limits, random), over_(std::move(over)) {}

void Pause::begin(Duration at_least) {
  const bool server_asks = at_least > Duration::zero();
  if (active_ && !server_asks) return;
  const Duration delay = backoff_.next(at_least);
  const SteadyTime due = loop_.now() + delay;
  server_asked_ = server_asks || (active_ && server_asked_);
  if (active_ && due <= due_) return;
  active_ = true;
  due_ = due;
  end_after(delay);
}

void Pause::end_after(Duration delay) {
  timer_ = loop_.after(delay, [this] { on_over(); });
}

void Pause::cut_short() {
  if (active_ && !server_asked_) end_after(Duration::zero());
}

void Pause::stop() {
  timer_.stop();
  active_ = false;
  server_asked_ = false;
}

void Pause::on_over() {
  stop();
  const loop::Callback over = over_;  // it may destroy us
  over();
}

}  // namespace agent::exporter
