#include "agent/net/grpc_client.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "agent/base/random.h"
#include "agent/net/grpc_connection.h"

namespace agent::net {

// DESIGN. One connection takes new calls. When it does not any more (lost, told to go away, too
// old, a call timed out on it) the next call opens another, with a new name look-up, and the old
// one lives until its calls are answered. A call that the server certainly did not look at is sent
// again at once, within its deadline.

struct GrpcClient::Call::State {
  std::weak_ptr<Impl> owner;
  GrpcRequest request;
  Done done;  // null: cancelled or answered
  SteadyTime deadline{};
  loop::Timer timer;
  std::shared_ptr<GrpcConnection> connection;
  GrpcConnection::StreamId stream = 0;
  int resends_left = 2;
};

class GrpcClient::Impl : public std::enable_shared_from_this<Impl> {
 public:
  using StatePtr = std::shared_ptr<Call::State>;

  Impl(loop::EventLoop& loop, Config config, Logger& log)
      : loop_(loop), config_(std::move(config)), log_(log), random_(Random::from_system()) {}

  void start(const StatePtr& state);
  void cancel(const StatePtr& state);
  void close();

 private:
  void send(const StatePtr& state);
  const std::shared_ptr<GrpcConnection>& connection();
  void answer_later(const StatePtr& state, const std::string& why);
  void on_answer(const StatePtr& state, GrpcConnection::Answer answer);
  void on_timeout(const StatePtr& state);
  void finish(const StatePtr& state, GrpcReply reply);
  void forget(const StatePtr& state);

  loop::EventLoop& loop_;
  Config config_;
  Logger& log_;
  Random random_;
  std::shared_ptr<GrpcConnection> current_;
  std::vector<StatePtr> open_;
  loop::Timer age_timer_;
  loop::Timer idle_timer_;
  bool closed_ = false;
};

namespace {

using namespace std::chrono_literals;

// Behind a Kubernetes service one connection is one pod. Spec: traces.md 5.1.
constexpr Duration kConnectionAge = 5min;
constexpr double kAgeJitter = 0.2;
constexpr Duration kIdleAfter = 90s;

}  // namespace

void GrpcClient::Impl::start(const StatePtr& state) {
  state->deadline = loop_.now() + state->request.timeout;
  state->timer = loop_.after(state->request.timeout, [this, weak = std::weak_ptr(state)] {
    if (const auto timed_out = weak.lock()) on_timeout(timed_out);
  });
  open_.push_back(state);
  idle_timer_.stop();
  send(state);
}

void GrpcClient::Impl::send(const StatePtr& state) {
  if (config_.tls_enabled) return answer_later(state, "gRPC over TLS is not supported yet");
  const Duration left = std::max<Duration>(state->deadline - loop_.now(), 1ms);
  state->connection = connection();
  const auto stream = state->connection->submit(
      state->request, left, [this, weak = std::weak_ptr(state)](GrpcConnection::Answer answer) {
        if (const auto answered = weak.lock()) on_answer(answered, std::move(answer));
      });
  if (stream) {
    state->stream = *stream;
    return;
  }
  // A connection that was just opened takes calls: only memory is left.
  answer_later(state, "the call could not be put on the connection");
}

// In the next turn, as an answer never comes from inside start().
void GrpcClient::Impl::answer_later(const StatePtr& state, const std::string& why) {
  state->timer = loop_.after(Duration::zero(), [this, why, weak = std::weak_ptr(state)] {
    const auto refused = weak.lock();
    if (!refused || !refused->done) return;
    GrpcReply reply;
    reply.code = GrpcCode::Unavailable;
    reply.message = to_string(config_.address) + ": " + why;
    reply.from_transport = true;
    finish(refused, std::move(reply));
  });
}

const std::shared_ptr<GrpcConnection>& GrpcClient::Impl::connection() {
  if (current_ && current_->takes_calls()) return current_;
  current_ = GrpcConnection::open(loop_, config_);
  const double factor = 1 + kAgeJitter * (2 * random_.fraction() - 1);
  const Duration age(
      static_cast<Duration::rep>(static_cast<double>(kConnectionAge.count()) * factor));
  age_timer_ = loop_.after(age, [this] {
    // Calls hold their connection; without one it closes here.
    if (current_) current_->retire();
    current_.reset();
  });
  return current_;
}

void GrpcClient::Impl::on_answer(const StatePtr& state, GrpcConnection::Answer answer) {
  if (!state->done) return;
  if (answer.unprocessed && state->resends_left-- > 0) return send(state);
  finish(state, std::move(answer.reply));
}

void GrpcClient::Impl::on_timeout(const StatePtr& state) {
  const auto self = shared_from_this();
  if (!state->done) return;
  state->connection->cancel(state->stream);
  // What did not answer in time may be dead: it is not used again.
  state->connection->retire();
  GrpcReply reply;
  reply.code = GrpcCode::DeadlineExceeded;
  reply.message = to_string(config_.address) + ": no answer in time";
  reply.from_transport = true;
  log_.debug("A gRPC call timed out.", {{"server", to_string(config_.address)}});
  finish(state, std::move(reply));
}

void GrpcClient::Impl::finish(const StatePtr& state, GrpcReply reply) {
  const auto self = shared_from_this();
  const Done done = std::exchange(state->done, nullptr);
  forget(state);
  if (done) done(std::move(reply));
}

void GrpcClient::Impl::forget(const StatePtr& state) {
  state->timer.stop();
  state->connection.reset();
  std::erase(open_, state);
  // One that takes no more calls lives for those that are open on it, and they hold it.
  if (current_ && !current_->takes_calls()) current_.reset();
  if (!open_.empty() || closed_) return;
  idle_timer_ = loop_.after(kIdleAfter, [this] { current_.reset(); });
}

void GrpcClient::Impl::cancel(const StatePtr& state) {
  if (!std::exchange(state->done, nullptr)) return;
  if (state->connection) state->connection->cancel(state->stream);
  forget(state);
}

void GrpcClient::Impl::close() {
  closed_ = true;
  for (const StatePtr& state : std::exchange(open_, {})) {
    state->done = nullptr;
    if (state->connection) state->connection->cancel(state->stream);
    state->timer.stop();
    state->connection.reset();
  }
  current_.reset();
  age_timer_.stop();
  idle_timer_.stop();
}

GrpcClient::Call& GrpcClient::Call::operator=(Call&& other) noexcept {
  if (this != &other) {
    cancel();
    state_ = std::move(other.state_);
  }
  return *this;
}

void GrpcClient::Call::cancel() {
  const auto state = std::exchange(state_, nullptr);
  if (!state) return;
  if (const auto owner = state->owner.lock()) owner->cancel(state);
}

GrpcClient::GrpcClient(loop::EventLoop& loop, Config config, Logger& log)
    : impl_(std::make_shared<Impl>(loop, std::move(config), log)) {}

GrpcClient::~GrpcClient() { impl_->close(); }

GrpcClient::Call GrpcClient::start(GrpcRequest request, Done done) {
  auto state = std::make_shared<Call::State>();
  state->owner = impl_;
  state->request = std::move(request);
  state->done = std::move(done);
  impl_->start(state);
  return Call(std::move(state));
}

}  // namespace agent::net
