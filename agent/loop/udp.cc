// DESIGN. libuv reads with recvmmsg into one buffer that is cut into slots of 64 KiB, and calls
// back once for each datagram and once more behind the last one of a batch. Stopping between two
// datagrams of a batch would lose the rest of it, so a pause takes effect behind the batch.
#include "agent/loop/udp.h"

#include <array>
#include <cstring>

#include <linux/sock_diag.h>
#include <sys/socket.h>
#include <uv.h>

#include "agent/base/check.h"
#include "agent/loop/address.h"
#include "agent/loop/tcp.h"
#include "agent/loop/tcp_state.h"

namespace agent::loop {
namespace {

constexpr std::size_t kSlotBytes = 64UL * 1024;
// Memory that datagrams do not reach is never touched, so that slots cost address space only.
constexpr std::size_t kSlots = 16;

}  // namespace

struct UdpSocket::State {
  explicit State(EventLoop& loop) {
    handle.data = this;
    AGENT_CHECK(uv_udp_init_ex(loop.raw(), &handle, AF_UNSPEC | UV_UDP_RECVMMSG) == 0);
  }

  uv_udp_t handle{};
  std::shared_ptr<Handlers> handlers;  // shared with a running call, which may end the socket
  std::unique_ptr<char[]> buffer{new char[kSlotBytes * kSlots]};
  sockaddr_storage last_address{};
  HostPort last_peer;
  bool paused = false;
  bool reading = false;
  bool inside_batch = false;

  void close() {
    stop();
    uv_close(reinterpret_cast<uv_handle_t*>(&handle),
             [](uv_handle_t* closing) { delete static_cast<State*>(closing->data); });
  }
  void read_on() {
    if (std::exchange(reading, true)) return;
    AGENT_CHECK(uv_udp_recv_start(&handle, on_allocate, on_receive) == 0);
  }
  void stop() {
    if (std::exchange(reading, false)) uv_udp_recv_stop(&handle);
  }
  // The text of an address is kept: datagrams come in runs from one peer.
  const HostPort& peer_of(const sockaddr* address) {
    sockaddr_storage now{};
    std::memcpy(&now, address,
                address->sa_family == AF_INET ? sizeof(sockaddr_in) : sizeof(sockaddr_in6));
    if (std::memcmp(&now, &last_address, sizeof now) != 0) {
      last_address = now;
      last_peer = to_host_port(now);
    }
    return last_peer;
  }

  static void on_allocate(uv_handle_t* handle, std::size_t /*suggested*/, uv_buf_t* buffer) {
    *buffer = uv_buf_init(static_cast<State*>(handle->data)->buffer.get(), kSlotBytes * kSlots);
  }
  static void on_receive(uv_udp_t* handle, ssize_t size, const uv_buf_t* buffer,
                         const sockaddr* address, unsigned flags) {
    auto& state = *static_cast<State*>(handle->data);
    const auto handlers = state.handlers;
    state.inside_batch = address != nullptr;
    if (address == nullptr) {  // behind a batch, or an error that belongs to no datagram
      if (state.paused) state.stop();
      return handlers->on_pause();
    }
    handlers->on_datagram({buffer->base, static_cast<std::size_t>(size)}, state.peer_of(address),
                          (flags & UV_UDP_PARTIAL) == 0);
  }
};

Result<std::unique_ptr<UdpSocket>> UdpSocket::bind(EventLoop& loop, const HostPort& address,
                                                   std::size_t buffer_bytes, Handlers handlers) {
  auto storage = address_to_bind(loop, address);
  if (!storage) return storage.error();
  auto* state = new State(loop);  // freed in uv_close's callback
  std::unique_ptr<UdpSocket> socket(new UdpSocket(state));
  state->handlers = std::make_shared<Handlers>(std::move(handlers));
  const int bound = uv_udp_bind(&state->handle, reinterpret_cast<const sockaddr*>(&*storage), 0);
  if (address.host.empty() && (bound == UV_EAFNOSUPPORT || bound == UV_EADDRNOTAVAIL)) {
    // A machine without IPv6: "all addresses" are those of IPv4.
    return bind(loop, {"0.0.0.0", address.port}, buffer_bytes, std::move(*state->handlers));
  }
  if (bound < 0) return Error{ErrorKind::Config, to_string(address) + ": " + uv_text(bound)};
  int wanted = static_cast<int>(buffer_bytes);
  uv_recv_buffer_size(reinterpret_cast<uv_handle_t*>(&state->handle), &wanted);
  state->read_on();
  return socket;
}

UdpSocket::~UdpSocket() { state_->close(); }

void UdpSocket::pause_reading() {
  state_->paused = true;
  if (!state_->inside_batch) state_->stop();
}

void UdpSocket::resume_reading() {
  state_->paused = false;
  state_->read_on();
}

std::uint64_t UdpSocket::lost() const {
  uv_os_fd_t fd = -1;
  uv_fileno(reinterpret_cast<const uv_handle_t*>(&state_->handle), &fd);
  std::array<std::uint32_t, SK_MEMINFO_VARS> numbers{};
  socklen_t size = sizeof numbers;
  if (::getsockopt(fd, SOL_SOCKET, SO_MEMINFO, numbers.data(), &size) != 0) return 0;
  return numbers[SK_MEMINFO_DROPS];
}

HostPort UdpSocket::local() const {
  sockaddr_storage storage{};
  int size = sizeof storage;
  uv_udp_getsockname(&state_->handle, reinterpret_cast<sockaddr*>(&storage), &size);
  return to_host_port(storage);
}

}  // namespace agent::loop
