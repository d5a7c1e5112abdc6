#pragma once
#include <memory>
#include <string>

#include "agent/loop/byte_stream.h"
#include "agent/loop/event_loop.h"

struct ssl_st;

namespace agent::net {

/// TLS over another stream, of either side. It can be used at once: what is written waits for the
/// handshake, and on_data begins behind it. A handshake that fails or takes longer than
/// `handshake_timeout` is a break (on_end with Network or Timeout), so is a broken record. A peer
/// that ends its stream without TLS' own farewell has ended: the protocols on top know their ends.
/// We say ours, also where the stream is destroyed.
///
/// Holds at most what one read of the stream below brought, and nothing more while reading is
/// paused.
class TlsStream final : public loop::ByteStream {
 public:
  /// Called once, when the handshake has ended: Success, or why it failed (before on_end).
  using OnHandshake = std::function<void(const Status&)>;
  /// Takes over `ssl`, whose side (accept or connect) is set and which has no BIO yet.
  TlsStream(loop::EventLoop& loop, std::unique_ptr<loop::ByteStream> below, ssl_st* ssl,
            Duration handshake_timeout, OnHandshake on_handshake = {});
  ~TlsStream() override;

  void start_reading(OnData on_data, OnEnd on_end) override;
  void pause_reading() override;
  void resume_reading() override;
  void write(std::string bytes, loop::Callback written) override;
  using ByteStream::write;
  std::size_t unwritten_bytes() const override;
  void shutdown() override;
  loop::HostPort peer() const override;
  /// The protocol that ALPN chose; "" when none.
  std::string protocol() const;

 private:
  struct State;
  std::shared_ptr<State> state_;  // shared with a running call, which may destroy the stream
};

}  // namespace agent::net
