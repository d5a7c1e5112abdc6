#include "agent/loop/event_loop.h"

#include <algorithm>
#include <mutex>
#include <utility>
#include <vector>

#include <uv.h>

#include "agent/base/check.h"

namespace agent::loop {

struct Timer::State {
  uv_timer_t handle{};
  std::shared_ptr<Callback> callback;  // shared with a running call, which may stop the timer
  bool repeating = false;
};

struct EventLoop::Impl {
  uv_loop_t loop{};
  uv_async_t wake{};
  uv_prepare_t before_wait{};
  std::mutex mutex;  // guards posted and stopping
  std::vector<Callback> posted;
  bool stopping = false;
  SteadyTime turn_ended{};
  std::uint64_t idle_ns = 0;  // waited in all, at the end of the last turn
  Duration longest_turn{};
  bool runs_timer = false;  // the loop's `data` points here

  void run_until_stopped() {
    turn_ended = std::chrono::steady_clock::now();  // what came before run() hogged nobody
    idle_ns = uv_metrics_idle_time(&loop);
    uv_run(&loop, UV_RUN_DEFAULT);
  }
  void end_turn(std::uint64_t idle_now_ns) {
    const SteadyTime now = std::chrono::steady_clock::now();
    const Duration waited(static_cast<Duration::rep>(idle_now_ns - idle_ns));
    longest_turn = std::max(longest_turn, now - turn_ended - waited);
    turn_ended = now;
    idle_ns = idle_now_ns;
  }
  std::unique_ptr<char[]> read_buffer;
};

namespace {

constexpr std::size_t kReadBufferBytes = 64U << 10U;

std::uint64_t to_uv_ms(Duration delay) {
  // Rounded up; the loop's clock counts whole milliseconds too, and no callback runs before it says
  // that the delay is over.
  const auto ms = std::chrono::ceil<std::chrono::milliseconds>(std::max(delay, Duration::zero()));
  return static_cast<std::uint64_t>(ms.count());
}

void on_timer(uv_timer_t* handle) {
  auto* state = static_cast<Timer::State*>(handle->data);
  // A one-shot lets go of what its callable holds as soon as it has run.
  const auto callback = state->repeating ? state->callback : std::move(state->callback);
  auto& runs_timer = *static_cast<bool*>(handle->loop->data);
  runs_timer = true;
  (*callback)();
  runs_timer = false;
}

// libuv runs all timers that are due before it looks at anything else. One that a timer's callback
// starts must not be due in the same pass, or a timer that starts itself again without a delay
// would keep the loop from its sockets and tasks for ever: there the loop's clock stands still, and
// at least a millisecond is waited.
std::uint64_t first_delay_ms(uv_loop_t* loop, Duration delay) {
  if (!*static_cast<bool*>(loop->data)) {
    uv_update_time(loop);
    return to_uv_ms(delay);
  }
  const std::uint64_t behind_ms = uv_hrtime() / 1'000'000 - uv_now(loop);
  return std::max<std::uint64_t>(to_uv_ms(delay) + behind_ms, 1);
}

Timer::State* start_timer(uv_loop_t* loop, Duration delay, Duration interval, Callback callback) {
  auto* state = new Timer::State;  // freed in uv_close's callback
  state->callback = std::make_shared<Callback>(std::move(callback));
  state->repeating = interval > Duration::zero();
  state->handle.data = state;
  uv_timer_init(loop, &state->handle);
  uv_timer_start(&state->handle, on_timer, first_delay_ms(loop, delay),
                 state->repeating ? std::max<std::uint64_t>(to_uv_ms(interval), 1) : 0);
  return state;
}

}  // namespace

Timer& Timer::operator=(Timer&& other) noexcept {
  if (this != &other) {
    stop();
    state_ = std::exchange(other.state_, nullptr);
  }
  return *this;
}

void Timer::stop() {
  State* state = std::exchange(state_, nullptr);
  if (state == nullptr) return;
  uv_timer_stop(&state->handle);
  uv_close(reinterpret_cast<uv_handle_t*>(&state->handle),
           [](uv_handle_t* handle) { delete static_cast<State*>(handle->data); });
}

EventLoop::EventLoop() : impl_(std::make_unique<Impl>()) {
  AGENT_CHECK(uv_loop_init(&impl_->loop) == 0);
  uv_loop_configure(&impl_->loop, UV_METRICS_IDLE_TIME);
  impl_->loop.data = &impl_->runs_timer;
  impl_->wake.data = impl_.get();
  uv_async_init(&impl_->loop, &impl_->wake, [](uv_async_t* handle) {
    auto* impl = static_cast<Impl*>(handle->data);
    std::vector<Callback> tasks;
    bool stopping = false;
    {
      const std::lock_guard lock(impl->mutex);
      tasks.swap(impl->posted);
      stopping = std::exchange(impl->stopping, false);
    }
    for (auto& task : tasks)
      task();
    if (stopping) uv_stop(&impl->loop);
  });
  // A turn is everything between two waits. Sockets and posted tasks are served inside libuv's
  // polling step, so the waiting itself is taken from libuv's count and subtracted.
  impl_->before_wait.data = impl_.get();
  uv_prepare_init(&impl_->loop, &impl_->before_wait);
  uv_prepare_start(&impl_->before_wait, [](uv_prepare_t* handle) {
    static_cast<Impl*>(handle->data)->end_turn(uv_metrics_idle_time(handle->loop));
  });
}

EventLoop::~EventLoop() {
  // Unrun tasks may own timers and streams of this loop: they go while it can still close them.
  std::vector<Callback> never_run;
  {
    const std::lock_guard lock(impl_->mutex);
    never_run.swap(impl_->posted);
  }
  never_run.clear();
  for (auto* handle : {reinterpret_cast<uv_handle_t*>(&impl_->wake),
                       reinterpret_cast<uv_handle_t*>(&impl_->before_wait)})
    uv_close(handle, nullptr);
  uv_run(&impl_->loop, UV_RUN_DEFAULT);
  // Not 0: somebody's handle outlives the loop.
  AGENT_CHECK(uv_loop_close(&impl_->loop) == 0);
}

void EventLoop::run() { impl_->run_until_stopped(); }

void EventLoop::run_for(Duration wait) {
  const Timer limit = after(wait, [this] { uv_stop(&impl_->loop); });
  impl_->run_until_stopped();
}

void EventLoop::stop() {
  {
    const std::lock_guard lock(impl_->mutex);
    impl_->stopping = true;
  }
  uv_async_send(&impl_->wake);
}

void EventLoop::post(Callback task) {
  {
    const std::lock_guard lock(impl_->mutex);
    impl_->posted.push_back(std::move(task));
  }
  uv_async_send(&impl_->wake);
}

Timer EventLoop::after(Duration delay, Callback callback) {
  return Timer(start_timer(&impl_->loop, delay, Duration::zero(), std::move(callback)));
}

Timer EventLoop::every(Duration interval, Callback callback) {
  return Timer(start_timer(&impl_->loop, interval,
                           std::max<Duration>(interval, std::chrono::milliseconds(1)),
                           std::move(callback)));
}

SteadyTime EventLoop::now() const {
  return SteadyTime(std::chrono::milliseconds(uv_now(&impl_->loop)));
}

Duration EventLoop::take_longest_turn() {
  return std::exchange(impl_->longest_turn, Duration::zero());
}

uv_loop_s* EventLoop::raw() { return &impl_->loop; }

std::span<char> EventLoop::read_buffer() {
  if (!impl_->read_buffer) impl_->read_buffer = std::make_unique<char[]>(kReadBufferBytes);
  return {impl_->read_buffer.get(), kReadBufferBytes};
}

}  // namespace agent::loop
