#pragma once
// Datagrams on the loop.
#include <cstdint>
#include <functional>
#include <memory>
#include <string_view>

#include "agent/base/result.h"
#include "agent/loop/byte_stream.h"
#include "agent/loop/event_loop.h"

namespace agent::loop {

/// Receives the datagrams of one address; a turn of the loop takes some fifty at most. Destroying
/// it closes the socket.
class UdpSocket {
 public:
  struct Handlers {
    /// One datagram, which may be empty; the view is good until the callback returns. `whole` is
    /// false where its end did not fit the buffer (65,536 bytes).
    std::function<void(std::string_view bytes, const HostPort& peer, bool whole)> on_datagram;
    /// Behind the datagrams that were there at once: a good moment to hand on what they made.
    Callback on_pause;
  };
  /// Asks the kernel for a receive buffer of `buffer_bytes`, of which it gives what it may. Errors:
  /// Config, naming the address.
  static Result<std::unique_ptr<UdpSocket>> bind(EventLoop& loop, const HostPort& address,
                                                 std::size_t buffer_bytes, Handlers handlers);
  UdpSocket(const UdpSocket&) = delete;
  UdpSocket& operator=(const UdpSocket&) = delete;
  ~UdpSocket();

  /// No datagram behind those that were read already, until resume_reading(). The kernel keeps what
  /// its buffer holds and drops the rest.
  void pause_reading();
  void resume_reading();
  /// Datagrams that the kernel threw away so far, mostly for want of room; 0 where it does not say.
  std::uint64_t lost() const;
  HostPort local() const;

 private:
  struct State;
  explicit UdpSocket(State* state) : state_(state) {}
  State* state_;
};

}  // namespace agent::loop
