#pragma once
// TCP streams and listeners on the loop.
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "agent/base/result.h"
#include "agent/loop/event_loop.h"

namespace agent::loop {

/// host:port as text: "127.0.0.1:4317", "[::1]:80", ":9080" (all addresses), "tempo:4317".
struct HostPort {
  std::string host;
  std::uint16_t port = 0;
};
/// Splits "host:port"; `default_port` where none is given (0: required). Errors: Config.
Result<HostPort> parse_host_port(std::string_view text, std::uint16_t default_port = 0);
std::string to_string(const HostPort& address);

/// One TCP connection. TCP_NODELAY is set. Destroying it closes at once (what was not written is
/// lost).
class TcpStream {
 public:
  struct State;
  explicit TcpStream(State* state) : state_(state) {}
  TcpStream(const TcpStream&) = delete;
  TcpStream& operator=(const TcpStream&) = delete;
  ~TcpStream();

  /// Called with each piece that arrives; the view is good until the callback returns.
  using OnData = std::function<void(std::string_view)>;
  /// Called once when the peer has ended (Success) or the connection broke (Network). No callback
  /// of the stream runs after a break; after an end, writing goes on and `written` still runs.
  using OnEnd = std::function<void(Status)>;
  void start_reading(OnData on_data, OnEnd on_end);
  /// Back-pressure: no on_data until resume_reading(). The kernel's window fills and the peer
  /// waits.
  void pause_reading();
  void resume_reading();

  /// Queues `bytes`; `written` (optional) runs when they are with the kernel, or not at all if the
  /// stream dies before.
  void write(std::string bytes, Callback written = {});
  /// Bytes queued and not yet with the kernel.
  std::size_t unwritten_bytes() const;
  /// Ends our direction after what is queued is written; reading goes on.
  void shutdown();

  HostPort peer() const;
  HostPort local() const;

 private:
  State* state_;
};

/// Accepts connections on one address. Destroying it stops listening; streams live on.
class TcpListener {
 public:
  using OnAccept = std::function<void(std::unique_ptr<TcpStream>)>;
  /// Errors: Config, naming the address ("127.0.0.1:4317: address already in use").
  static Result<std::unique_ptr<TcpListener>> listen(EventLoop& loop, const HostPort& address,
                                                     OnAccept on_accept);
  TcpListener(const TcpListener&) = delete;
  TcpListener& operator=(const TcpListener&) = delete;
  ~TcpListener();
  /// The bound address: the port is the real one where 0 was asked.
  HostPort local() const;

 private:
  struct State;
  explicit TcpListener(State* state) : state_(state) {}
  State* state_;
};

/// A connection being made. Destroying it cancels.
class TcpConnect {
 public:
  using Done = std::function<void(Result<std::unique_ptr<TcpStream>>)>;
  /// Resolves `address` off the loop thread and tries its addresses in turn. `done` runs once:
  /// Network, Timeout.
  TcpConnect(EventLoop& loop, const HostPort& address, Duration timeout, Done done);
  TcpConnect(const TcpConnect&) = delete;
  TcpConnect& operator=(const TcpConnect&) = delete;
  ~TcpConnect();

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace agent::loop
