#pragma once
// One connection as bytes in two directions, whatever carries them: TCP, or TLS over it.
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <utility>

#include "agent/base/result.h"
#include "agent/loop/event_loop.h"

namespace agent::loop {

/// host:port as text: "127.0.0.1:4317", "[::1]:80", ":9080" (all addresses), "tempo:4317".
struct HostPort {
  std::string host;
  std::uint16_t port = 0;
};

/// One connection. Destroying it closes at once (what was not written is lost). Callbacks may
/// destroy it.
class ByteStream {
 public:
  ByteStream() = default;
  ByteStream(const ByteStream&) = delete;
  ByteStream& operator=(const ByteStream&) = delete;
  virtual ~ByteStream() = default;

  /// Called with each piece that arrives; the view is good until the callback returns.
  using OnData = std::function<void(std::string_view)>;
  /// Called once when the peer has ended (Success) or the connection broke (Network). No callback
  /// of the stream runs after a break; after an end, writing goes on and `written` still runs.
  using OnEnd = std::function<void(Status)>;
  virtual void start_reading(OnData on_data, OnEnd on_end) = 0;
  /// Back-pressure: no on_data until resume_reading(). The kernel's window fills and the peer
  /// waits.
  virtual void pause_reading() = 0;
  virtual void resume_reading() = 0;

  /// Queues `bytes`; `written` (optional) runs when they are with the kernel, or not at all if the
  /// stream dies before.
  virtual void write(std::string bytes, Callback written) = 0;
  void write(std::string bytes) { write(std::move(bytes), {}); }
  /// Bytes queued and not yet with the kernel.
  virtual std::size_t unwritten_bytes() const = 0;
  /// Ends our direction after what is queued is written; reading goes on.
  virtual void shutdown() = 0;

  virtual HostPort peer() const = 0;
};

}  // namespace agent::loop
