#pragma once
// TCP streams and listeners on the loop.
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "agent/base/result.h"
#include "agent/loop/byte_stream.h"
#include "agent/loop/event_loop.h"

namespace agent::loop {

/// Splits "host:port"; `default_port` where none is given (0: required). Errors: Config.
Result<HostPort> parse_host_port(std::string_view text, std::uint16_t default_port = 0);
std::string to_string(const HostPort& address);

/// One TCP connection. TCP_NODELAY is set.
class TcpStream final : public ByteStream {
 public:
  struct State;
  explicit TcpStream(State* state) : state_(state) {}
  TcpStream(const TcpStream&) = delete;
  TcpStream& operator=(const TcpStream&) = delete;
  ~TcpStream() override;

  void start_reading(OnData on_data, OnEnd on_end) override;
  void pause_reading() override;
  void resume_reading() override;
  void write(std::string bytes, Callback written) override;
  using ByteStream::write;
  std::size_t unwritten_bytes() const override;
  void shutdown() override;
  HostPort peer() const override;
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
