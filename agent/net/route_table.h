#pragma once
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "agent/net/http_server.h"

namespace agent::net {

/// What answers a request whose head has been read. Never null: a path without a route gets 404, a
/// method without one 405.
struct RouteMatch {
  Route route;
  /// The answer does not depend on the body: it is given at once and the body thrown away.
  bool ignores_body = false;
};

/// The routes of one server. A match stays good when its route is replaced meanwhile.
class RouteTable {
 public:
  RouteTable();
  /// Replaces the route of equal method and path.
  void add(Route route);
  void remove(std::string_view method, std::string_view path);
  /// null: 404.
  void set_fallback(Handler handler);
  /// The longest path wins, an exact one over a prefix of equal length.
  std::shared_ptr<const RouteMatch> find(std::string_view method, std::string_view path) const;

 private:
  std::vector<std::shared_ptr<const RouteMatch>> routes_;
  std::shared_ptr<const RouteMatch> fallback_;
};

}  // namespace agent::net
