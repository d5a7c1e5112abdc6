#pragma once
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "agent/base/log.h"
#include "agent/loop/event_loop.h"
#include "agent/net/http_server.h"
#include "agent/net/route_table.h"
#include "agent/net/tls_server.h"
#include "agent/selfmon/metrics.h"

namespace agent::net {

class ServerConnection;

/// What the connections of one server share. They hold it, so that a handler may destroy the
/// HttpServer it is called by.
class ServerCore : public std::enable_shared_from_this<ServerCore> {
 public:
  ServerCore(loop::EventLoop& event_loop, ServerLimits server_limits, Logger& logger,
             selfmon::Scope scope);

  loop::EventLoop& loop;
  Logger& log;
  const ServerLimits limits;
  RouteTable routes;
  std::unique_ptr<TlsServer> tls;  ///< null: clear text

  void count_request(int status);
  void count_protocol_error(std::string_view what, const std::string& peer);

  /// Takes over an accepted stream, or closes it when there are too many.
  void accept(std::unique_ptr<loop::ByteStream> stream);
  /// Lets go of a connection that has closed.
  void forget(const ServerConnection& connection);
  /// Calls flush() of `connection` in the next turn; many wakes are one.
  void schedule(std::weak_ptr<ServerConnection> connection);
  void drain();
  /// True while a request is open or an answer is on its way.
  bool busy() const;
  /// Closes everything at once.
  void stop();

 private:
  void sweep();
  void flush_scheduled();

  const selfmon::Scope scope_;
  selfmon::Gauge& connections_open_;
  selfmon::Counter& refused_;
  selfmon::Counter& protocol_errors_;
  std::map<int, selfmon::Counter*> requests_;
  std::unordered_map<const ServerConnection*, std::shared_ptr<ServerConnection>> connections_;
  std::vector<std::weak_ptr<ServerConnection>> scheduled_;
  loop::Timer flush_timer_;
  loop::Timer sweep_timer_;  // runs while there are connections: an idle server never wakes
  bool draining_ = false;
  bool stopped_ = false;
};

}  // namespace agent::net
