#include "agent/net/route_table.h"

#include <algorithm>
#include <utility>

namespace agent::net {
namespace {

Response plain(int status) {
  Response response;
  response.status = status;
  response.headers.add("content-type", "text/plain; charset=utf-8");
  response.body = std::string(reason_phrase(status)) + "\n";
  return response;
}

std::shared_ptr<const RouteMatch> answer_always(Handler handler) {
  RouteMatch match;
  match.route.handler = std::move(handler);
  match.route.max_body_bytes = 0;
  match.ignores_body = true;
  return std::make_shared<const RouteMatch>(std::move(match));
}

// Length of the part of `pattern` that `path` meets, plus 1 for an exact one; 0: no match.
std::size_t match_length(std::string_view pattern, std::string_view path) {
  if (pattern.ends_with("/*")) {
    pattern.remove_suffix(1);
    return path.starts_with(pattern) ? pattern.size() : 0;
  }
  return path == pattern ? pattern.size() + 1 : 0;
}

bool serves(std::string_view routed, std::string_view method) {
  return routed == method || routed == "*" || (routed == "GET" && method == "HEAD");
}

}  // namespace

RouteTable::RouteTable() { set_fallback(nullptr); }

void RouteTable::add(Route route) {
  remove(route.method, route.path);
  RouteMatch match;
  match.route = std::move(route);
  routes_.push_back(std::make_shared<const RouteMatch>(std::move(match)));
}

void RouteTable::remove(std::string_view method, std::string_view path) {
  std::erase_if(routes_, [&](const auto& match) {
    return match->route.method == method && match->route.path == path;
  });
}

void RouteTable::set_fallback(Handler handler) {
  if (!handler) handler = [](const Request&, Responder responder) { responder.send(plain(404)); };
  fallback_ = answer_always(std::move(handler));
}

std::shared_ptr<const RouteMatch> RouteTable::find(std::string_view method,
                                                   std::string_view path) const {
  std::size_t longest = 0;
  for (const auto& match : routes_)
    longest = std::max(longest, match_length(match->route.path, path));
  if (longest == 0) return fallback_;
  std::string allowed;
  for (const auto& match : routes_) {
    const Route& route = match->route;
    if (match_length(route.path, path) != longest) continue;
    if (serves(route.method, method)) return match;
    if (!allowed.empty()) allowed += ", ";
    allowed += route.method == "GET" ? "GET, HEAD" : route.method;
  }
  return answer_always([allowed](const Request&, Responder responder) {
    Response response = plain(405);
    response.headers.add("allow", allowed);
    responder.send(std::move(response));
  });
}

}  // namespace agent::net
