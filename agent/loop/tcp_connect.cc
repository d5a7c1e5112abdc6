// DESIGN: resolve -> attempt -> (attempt ...) -> done. A number skips the look-up. Each address
// gets an equal share of the time that is left, so that one that swallows packets does not cost the
// others their turn. Everything that libuv still holds keeps the state alive by a shared_ptr of its
// own; `done` is null once it has run or the TcpConnect is gone, and then nothing happens any more.
#include <algorithm>
#include <cstring>
#include <utility>
#include <vector>

#include <netinet/tcp.h>

#include "agent/loop/tcp_state.h"

namespace agent::loop {
namespace {

// A peer that acknowledges nothing for this long is dead. Spec: traces.md 5.1.
constexpr unsigned kUserTimeoutMs = 20'000;

sockaddr_storage copy_address(const addrinfo& info) {
  sockaddr_storage storage{};
  std::memcpy(&storage, info.ai_addr, std::min<std::size_t>(info.ai_addrlen, sizeof storage));
  return storage;
}

void set_user_timeout(uv_tcp_t& handle) {
  uv_os_fd_t fd = -1;
  if (uv_fileno(reinterpret_cast<uv_handle_t*>(&handle), &fd) == 0)
    ::setsockopt(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &kUserTimeoutMs, sizeof kUserTimeoutMs);
}

}  // namespace

struct TcpConnect::State : std::enable_shared_from_this<State> {
  using Self = std::shared_ptr<State>;
  State(EventLoop& owner, HostPort target, Done callback)
      : loop(owner), address(std::move(target)), done(std::move(callback)) {}

  EventLoop& loop;
  HostPort address;
  Done done;
  SteadyTime deadline{};
  std::vector<sockaddr_storage> addresses;  // in the order of the look-up
  std::size_t next_address = 0;
  Error last_error{ErrorKind::Network, "no address"};
  TcpStream::State* stream = nullptr;  // of the running attempt
  uv_getaddrinfo_t* resolving = nullptr;
  Timer timer;

  void start(Duration timeout);
  void resolve();
  void attempt();
  void on_resolved(int status, const addrinfo* found);
  void on_connected(int status);
  void abandon();
  void cancel();
  void complete(Result<std::unique_ptr<TcpStream>> result);
};

void TcpConnect::State::start(Duration timeout) {
  deadline = std::chrono::steady_clock::now() + timeout;
  sockaddr_storage storage{};
  if (uv_ip4_addr(address.host.c_str(), address.port, reinterpret_cast<sockaddr_in*>(&storage)) ==
          0 ||
      uv_ip6_addr(address.host.c_str(), address.port, reinterpret_cast<sockaddr_in6*>(&storage)) ==
          0) {
    addresses.push_back(storage);
    // In the next turn: an error at once must not reach `done` before the constructor returned.
    timer = loop.after({}, [this] { attempt(); });
    return;
  }
  timer = loop.after(timeout, [this] {
    complete(Error{ErrorKind::Timeout, to_string(address) + ": the name was not resolved in time"});
  });
  resolve();
}

void TcpConnect::State::resolve() {
  auto* held = new Self(shared_from_this());  // freed in the callback, which always runs
  resolving = new uv_getaddrinfo_t{};
  resolving->data = held;
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  const auto on_answer = [](uv_getaddrinfo_t* request, int status, addrinfo* found) {
    const std::unique_ptr<uv_getaddrinfo_t> freed(request);
    const std::unique_ptr<Self> self(static_cast<Self*>(request->data));
    (*self)->on_resolved(status, found);
    uv_freeaddrinfo(found);
  };
  const int started = uv_getaddrinfo(loop.raw(), resolving, on_answer, address.host.c_str(),
                                     std::to_string(address.port).c_str(), &hints);
  if (started == 0) return;
  delete std::exchange(resolving, nullptr);
  delete held;
  timer = loop.after({}, [this, started] { on_resolved(started, nullptr); });
}

void TcpConnect::State::on_resolved(int status, const addrinfo* found) {
  resolving = nullptr;
  if (!done) return;
  if (status < 0)
    return complete(Error{ErrorKind::Network, to_string(address) + ": " + uv_text(status)});
  for (const addrinfo* info = found; info != nullptr; info = info->ai_next)
    addresses.push_back(copy_address(*info));
  attempt();
}

void TcpConnect::State::attempt() {
  while (next_address < addresses.size()) {
    const auto left = static_cast<Duration::rep>(addresses.size() - next_address);
    const auto& target = addresses[next_address++];
    const Duration share =
        std::max<Duration>(deadline - std::chrono::steady_clock::now(), {}) / left;
    stream = new TcpStream::State(loop);  // freed in uv_close's callback
    uv_tcp_init(loop.raw(), &stream->handle);
    auto* request = new uv_connect_t{};
    request->data = new Self(shared_from_this());
    const int started = uv_tcp_connect(
        request, &stream->handle, reinterpret_cast<const sockaddr*>(&target),
        [](uv_connect_t* finished, int status) {
          const std::unique_ptr<uv_connect_t> freed(finished);
          const std::unique_ptr<Self> self(static_cast<Self*>(finished->data));
          // An attempt that was given up reports its cancellation here; it is no longer ours.
          if ((*self)->stream != nullptr && finished->handle == (*self)->stream->stream())
            (*self)->on_connected(status);
        });
    if (started == 0) {
      timer = loop.after(share, [this] {
        last_error = {ErrorKind::Timeout, "timed out"};
        abandon();
        attempt();
      });
      return;
    }
    delete static_cast<Self*>(request->data);
    delete request;
    last_error = {ErrorKind::Network, uv_text(started)};
    abandon();
  }
  complete(last_error.within(to_string(address)));
}

void TcpConnect::State::on_connected(int status) {
  if (status < 0) {
    last_error = {ErrorKind::Network, uv_text(status)};
    abandon();
    return attempt();
  }
  uv_tcp_nodelay(&stream->handle, 1);
  set_user_timeout(stream->handle);
  complete(std::make_unique<TcpStream>(std::exchange(stream, nullptr)));
}

void TcpConnect::State::abandon() {
  if (stream != nullptr) std::exchange(stream, nullptr)->close();
}

void TcpConnect::State::cancel() {
  done = nullptr;
  timer.stop();
  abandon();
  // One that is already running in the pool cannot be stopped; its answer is thrown away.
  if (resolving != nullptr) uv_cancel(reinterpret_cast<uv_req_t*>(resolving));
}

void TcpConnect::State::complete(Result<std::unique_ptr<TcpStream>> result) {
  const Self alive = shared_from_this();
  const Done callback = std::exchange(done, nullptr);
  cancel();
  if (callback) callback(std::move(result));
}

TcpConnect::TcpConnect(EventLoop& loop, const HostPort& address, Duration timeout, Done done)
    : state_(std::make_shared<State>(loop, address, std::move(done))) {
  state_->start(timeout);
}

TcpConnect::~TcpConnect() { state_->cancel(); }

}  // namespace agent::loop
