#pragma once
#include <charconv>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "agent/base/check.h"
#include "agent/base/strings.h"
#include "agent/loop/tcp.h"

namespace agent::testing {

/// An HTTP/1.1 server that answers each request with the bytes that a test gives it, right or
/// wrong. Runs on the test's own loop.
class ScriptedServer {
 public:
  struct Received {
    std::string head;  ///< request line and headers, with their line ends
    std::string body;
    /// The value of a header; "<none>" where it is absent.
    std::string header(std::string_view name) const {
      for (const auto line : split(head, '\n')) {
        const auto colon = line.find(':');
        if (colon != std::string_view::npos && equals_ignoring_case(line.substr(0, colon), name))
          return std::string(trim(line.substr(colon + 1)));
      }
      return "<none>";
    }
    std::string line() const { return head.substr(0, head.find('\r')); }
  };
  struct Reply {
    std::string bytes;  ///< empty: no answer
    enum class After { KeepOpen, Close } after = After::KeepOpen;
  };
  using Script = std::function<Reply(const Received&)>;

  ScriptedServer(loop::EventLoop& loop, Script script) : script_(std::move(script)) {
    auto listener = loop::TcpListener::listen(
        loop, {"127.0.0.1", 0},
        [this](std::unique_ptr<loop::TcpStream> stream) { on_accept(std::move(stream)); });
    AGENT_CHECK(listener);
    listener_ = std::move(*listener);
  }

  std::string host_port() const { return to_string(listener_->local()); }
  std::string url(const std::string& path = "/") const { return "http://" + host_port() + path; }
  const std::vector<Received>& requests() const { return requests_; }
  std::size_t connections() const { return connections_.size(); }

  /// Ends all connections, in the middle of whatever they are at.
  void drop_connections() {
    for (const auto& connection : connections_)
      connection->stream.reset();
  }

  /// A whole answer with a length.
  static Reply answer(int status, const std::string& body, const std::string& headers = {}) {
    return {"HTTP/1.1 " + std::to_string(status) + " X\r\ncontent-length: " +
            std::to_string(body.size()) + "\r\n" + headers + "\r\n" + body};
  }

 private:
  struct Connection {
    std::unique_ptr<loop::TcpStream> stream;
    std::string unread;
  };

  void on_accept(std::unique_ptr<loop::TcpStream> stream) {
    auto connection = std::make_unique<Connection>();
    Connection* at = connection.get();
    at->stream = std::move(stream);
    at->stream->start_reading(
        [this, at](std::string_view bytes) {
          at->unread += bytes;
          while (at->stream && take_request(*at)) {
          }
        },
        [](const Status&) {});
    connections_.push_back(std::move(connection));
  }

  bool take_request(Connection& connection) {
    const auto end = connection.unread.find("\r\n\r\n");
    if (end == std::string::npos) return false;
    Received received{connection.unread.substr(0, end + 2), {}};
    std::size_t length = 0;
    const std::string given = received.header("content-length");
    std::from_chars(given.data(), given.data() + given.size(), length);
    if (connection.unread.size() < end + 4 + length) return false;
    received.body = connection.unread.substr(end + 4, length);
    connection.unread.erase(0, end + 4 + length);
    requests_.push_back(received);
    const Reply reply = script_(received);
    if (!reply.bytes.empty()) connection.stream->write(reply.bytes);
    if (reply.after == Reply::After::Close) connection.stream->shutdown();
    return true;
  }

  Script script_;
  std::unique_ptr<loop::TcpListener> listener_;
  std::vector<std::unique_ptr<Connection>> connections_;
  std::vector<Received> requests_;
};

}  // namespace agent::testing
