#include "agent/loop/offload.h"

#include <utility>

#include <uv.h>

#include "agent/base/check.h"

namespace agent::loop {

struct Offload::State {
  uv_work_t request{};
  Callback work;
  Callback done;                // null: cancelled or called
  std::shared_ptr<State> self;  // while libuv holds the request
};

Offload::Offload(EventLoop& loop, Callback work, Callback done)
    : state_(std::make_shared<State>()) {
  state_->work = std::move(work);
  state_->done = std::move(done);
  state_->request.data = state_.get();
  state_->self = state_;
  const int queued = uv_queue_work(
      loop.raw(), &state_->request,
      [](uv_work_t* request) { static_cast<State*>(request->data)->work(); },
      [](uv_work_t* request, int) {
        const auto state = std::exchange(static_cast<State*>(request->data)->self, nullptr);
        if (const Callback callback = std::exchange(state->done, nullptr)) callback();
      });
  AGENT_CHECK(queued == 0);
}

Offload& Offload::operator=(Offload&& other) noexcept {
  if (this != &other) {
    cancel();
    state_ = std::move(other.state_);
  }
  return *this;
}

void Offload::cancel() {
  const auto state = std::exchange(state_, nullptr);
  if (!state || !state->done) return;
  state->done = nullptr;
  uv_cancel(reinterpret_cast<uv_req_t*>(&state->request));  // work that has begun goes on
}

bool Offload::running() const { return state_ && state_->done; }

}  // namespace agent::loop
