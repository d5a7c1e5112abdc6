#include "agent/loop/poll.h"

#include <uv.h>

#include "agent/base/check.h"

namespace agent::loop {

struct Poll::State {
  uv_poll_t handle{};
  std::shared_ptr<std::function<void(Ready)>>
      callback;  // shared with a running call, which may destroy the Poll
};

Poll::Poll(EventLoop& loop, int fd, std::function<void(Ready)> callback) : state_(new State) {
  state_->handle.data = state_;
  state_->callback = std::make_shared<std::function<void(Ready)>>(std::move(callback));
  AGENT_CHECK(uv_poll_init(loop.raw(), &state_->handle, fd) == 0);
}

Poll::~Poll() {
  uv_poll_stop(&state_->handle);
  uv_close(reinterpret_cast<uv_handle_t*>(&state_->handle),
           [](uv_handle_t* handle) { delete static_cast<State*>(handle->data); });
}

void Poll::watch(Ready wanted) {
  const int events = (wanted.readable ? UV_READABLE : 0) | (wanted.writable ? UV_WRITABLE : 0);
  if (events == 0) {
    uv_poll_stop(&state_->handle);
    return;
  }
  uv_poll_start(&state_->handle, events, [](uv_poll_t* handle, int status, int ready) {
    const auto callback = static_cast<State*>(handle->data)->callback;
    (*callback)(
        {status < 0 || (ready & UV_READABLE) != 0, status < 0 || (ready & UV_WRITABLE) != 0});
  });
}

}  // namespace agent::loop
