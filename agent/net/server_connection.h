#pragma once
#include <memory>
#include <string>

#include "agent/loop/byte_stream.h"
#include "agent/net/server_core.h"
#include "agent/net/server_session.h"

namespace agent::net {

/// One accepted connection: finds out the protocol, moves bytes between socket and session, closes
/// gently.
///
/// DESIGN: sniffing -> serving -> lingering -> closed. Sniffing compares the first bytes with the
/// preface of HTTP/2. Lingering has sent all and ended its direction; it throws away what still
/// comes until the peer ends too, because closing with unread input would reset the connection and
/// might take the last answer with it.
///
/// All output of a turn goes out in one write. A peer that does not read its answers is not read
/// from either, and loses the connection when nothing moved for the time of a body.
class ServerConnection final : public SessionHost,
                               public std::enable_shared_from_this<ServerConnection> {
 public:
  ServerConnection(ServerCore& core, std::unique_ptr<loop::ByteStream> stream);

  void start(std::shared_ptr<ServerCore> core);
  void flush();
  void expire();
  void drain();
  void close();
  bool busy() const;

  std::shared_ptr<const RouteMatch> find_route(std::string_view method,
                                               std::string_view path) override {
    return core_->routes.find(method, path);
  }
  const ServerLimits& limits() const override { return core_->limits; }
  SteadyTime now() const override { return core_->loop.now(); }
  const std::string& peer() const override { return peer_; }
  void count_request(int status) override { core_->count_request(status); }
  void count_protocol_error(std::string_view what) override {
    core_->count_protocol_error(what, peer_);
  }
  void wake() override;

 private:
  enum class State { Sniffing, Serving, Lingering, Closed };

  void on_data(std::string_view bytes);
  void on_end(const Status& status);
  void on_written();
  void sniff(std::string_view bytes);
  void serve(std::string_view bytes);
  void linger();
  void watch_output();

  std::shared_ptr<ServerCore> core_;
  std::unique_ptr<loop::ByteStream> stream_;  // null once closed
  std::string peer_;
  std::unique_ptr<ServerSession> session_;
  std::string first_bytes_;  // while sniffing
  State state_ = State::Sniffing;
  SteadyTime since_;                // of the state
  std::size_t last_unwritten_ = 0;  // when output last moved
  SteadyTime output_moved_;
  bool peer_ended_ = false;
  bool inside_ = false;     // the session is on the stack; what it wants is seen when it returns
  bool scheduled_ = false;  // flush() comes in the next turn
};

}  // namespace agent::net
