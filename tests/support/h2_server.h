#pragma once
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "agent/loop/tcp.h"
#include "agent/net/http_types.h"

struct nghttp2_session;

namespace agent::testing {

/// An HTTP/2 server (clear text, prior knowledge) that does to each stream what a test says: right
/// or wrong. Runs on the test's own loop and on nghttp2 alone, none of our own server code.
class H2Server {
 public:
  struct Call {
    std::vector<net::Header> headers;  ///< in the order of the wire, pseudo-headers first
    std::string body;
    std::size_t connection = 0;  ///< number of the connection, from 0
  };
  /// What to do with a call. Sent in this order, but for GOAWAY, which goes first.
  struct Answer {
    std::vector<net::Header> headers;  ///< empty: none
    std::string body;
    std::vector<net::Header> trailers;  ///< empty: the stream ends with what came before
    bool has_reset = false;
    std::uint32_t reset_code = 0;
    bool goes_away = false;
    std::int32_t last_processed = 0;
    bool hangs_up = false;  ///< closes the connection
  };
  using Script = std::function<Answer(const Call&)>;

  enum class When { RequestIsComplete, HeadersCame };
  H2Server(loop::EventLoop& loop, Script script, When when = When::RequestIsComplete);
  H2Server(const H2Server&) = delete;
  H2Server& operator=(const H2Server&) = delete;
  ~H2Server();

  loop::HostPort address() const { return listener_->local(); }
  const std::vector<Call>& calls() const { return calls_; }
  std::size_t connections() const { return connections_.size(); }
  /// Streams that the client reset.
  int resets() const { return resets_; }
  /// Connections that the client has closed.
  int ended() const { return ended_; }

  /// A message behind its prefix and a status of 0.
  static Answer ok(const std::string& message);
  /// Trailers-only.
  static Answer status(const std::string& code, const std::string& message = {});

 private:
  struct Connection;
  struct Callbacks;
  void on_accept(std::unique_ptr<loop::TcpStream> stream);

  Script script_;
  When when_;
  std::unique_ptr<loop::TcpListener> listener_;
  std::vector<std::unique_ptr<Connection>> connections_;
  std::vector<Call> calls_;
  int resets_ = 0;
  int ended_ = 0;
};

}  // namespace agent::testing
