#pragma once
#include <chrono>
#include <functional>

#include "agent/loop/event_loop.h"

namespace agent::testing {

/// Turns `loop` until `done` says so; false when that took longer than `limit`.
inline bool run_until(loop::EventLoop& loop, const std::function<bool()>& done,
                      Duration limit = std::chrono::seconds(60)) {
  const auto deadline = std::chrono::steady_clock::now() + limit;
  while (!done()) {
    if (std::chrono::steady_clock::now() >= deadline) return false;
    loop.run_for(std::chrono::milliseconds(1));
  }
  return true;
}

}  // namespace agent::testing
