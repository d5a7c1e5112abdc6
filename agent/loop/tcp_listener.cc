#include "agent/loop/address.h"
#include "agent/loop/tcp_state.h"

namespace agent::loop {
namespace {

constexpr int kBacklog = 511;

}  // namespace

struct TcpListener::State {
  explicit State(EventLoop& owner) : loop(owner) {
    handle.data = this;
    uv_tcp_init(loop.raw(), &handle);
  }

  EventLoop& loop;
  uv_tcp_t handle{};
  std::shared_ptr<OnAccept> on_accept;  // shared with a running call, which may end the listener

  void close() {
    uv_close(reinterpret_cast<uv_handle_t*>(&handle),
             [](uv_handle_t* closing) { delete static_cast<State*>(closing->data); });
  }
  int listen(const sockaddr_storage& storage) {
    const int bound = uv_tcp_bind(&handle, reinterpret_cast<const sockaddr*>(&storage), 0);
    if (bound < 0) return bound;
    return uv_listen(reinterpret_cast<uv_stream_t*>(&handle), kBacklog, on_connection);
  }
  static void on_connection(uv_stream_t* server, int status) {
    if (status < 0) return;  // the peer went away before it was accepted
    auto& state = *static_cast<State*>(server->data);
    auto* accepted = new TcpStream::State(state.loop);
    uv_tcp_init(state.loop.raw(), &accepted->handle);
    if (uv_accept(server, accepted->stream()) < 0) return accepted->close();
    uv_tcp_nodelay(&accepted->handle, 1);
    const auto on_accept = state.on_accept;
    (*on_accept)(std::make_unique<TcpStream>(accepted));
  }
};

Result<std::unique_ptr<TcpListener>> TcpListener::listen(EventLoop& loop, const HostPort& address,
                                                         OnAccept on_accept) {
  auto storage = address_to_bind(loop, address);
  if (!storage) return storage.error();
  auto* state = new State(loop);  // freed in uv_close's callback
  std::unique_ptr<TcpListener> listener(new TcpListener(state));
  state->on_accept = std::make_shared<OnAccept>(std::move(on_accept));
  int status = state->listen(*storage);
  if (address.host.empty() && (status == UV_EAFNOSUPPORT || status == UV_EADDRNOTAVAIL)) {
    // A machine without IPv6: "all addresses" are those of IPv4.
    return listen(loop, {"0.0.0.0", address.port}, std::move(*state->on_accept));
  }
  if (status < 0) return Error{ErrorKind::Config, to_string(address) + ": " + uv_text(status)};
  return listener;
}

TcpListener::~TcpListener() { state_->close(); }

HostPort TcpListener::local() const {
  sockaddr_storage storage{};
  int size = sizeof storage;
  uv_tcp_getsockname(&state_->handle, reinterpret_cast<sockaddr*>(&storage), &size);
  return to_host_port(storage);
}

}  // namespace agent::loop
