#pragma once
#include <functional>
#include <memory>

#include "agent/loop/event_loop.h"

namespace agent::loop {

/// Watches a descriptor that somebody else owns (libcurl's sockets, a journal). Destroying it ends
/// the watch; it must go before the descriptor is closed. The callback gets what is ready; an error
/// counts as both.
class Poll {
 public:
  struct Ready {
    bool readable = false;
    bool writable = false;
  };
  Poll(EventLoop& loop, int fd, std::function<void(Ready)> callback);
  Poll(const Poll&) = delete;
  Poll& operator=(const Poll&) = delete;
  ~Poll();
  /// What to wait for from now on; {false, false} pauses.
  void watch(Ready wanted);

 private:
  struct State;
  State* state_;
};

}  // namespace agent::loop
