#include "agent/net/server_core.h"

#include <algorithm>
#include <utility>

#include "agent/net/server_connection.h"

namespace agent::net {
namespace {

// Often enough that a time-out is late by a quarter at most, and never more than once a 10 ms.
Duration sweep_interval(const ServerLimits& limits) {
  const Duration shortest =
      std::min({limits.header_timeout, limits.body_timeout, limits.idle_timeout});
  return std::clamp<Duration>(shortest / 4, std::chrono::milliseconds(10), std::chrono::seconds(1));
}

}  // namespace

ServerCore::ServerCore(loop::EventLoop& event_loop, ServerLimits server_limits, Logger& logger,
                       selfmon::Scope scope)
    : loop(event_loop),
      log(logger),
      limits(server_limits),
      scope_(std::move(scope)),
      connections_open_(scope_.gauge("http_connections", "Connections that are open.")),
      refused_(scope_.counter("http_connections_refused_total",
                              "Connections closed because there were too many.")),
      protocol_errors_(scope_.counter(
          "http_protocol_errors_total",
          "Connections or streams ended for malformed input, floods or slowness.")) {}

void ServerCore::count_request(int status) {
  auto& counter = requests_[status];
  if (counter == nullptr)
    counter = &scope_.counter("http_requests_total", "code", std::to_string(status));
  counter->add();
}

void ServerCore::count_protocol_error(std::string_view what, const std::string& peer) {
  protocol_errors_.add();
  log.limited(LogLevel::Warn, "http_protocol_error", "A client broke the HTTP protocol.",
              {{"peer", peer}, {"error", std::string(what)}});
}

void ServerCore::accept(std::unique_ptr<loop::ByteStream> stream) {
  if (stopped_ || draining_ || connections_.size() >= limits.max_connections) {
    refused_.add();
    return;
  }
  if (tls) stream = tls->wrap(std::move(stream));
  auto connection = std::make_shared<ServerConnection>(*this, std::move(stream));
  connections_[connection.get()] = connection;
  connections_open_.add(1);
  connection->start(shared_from_this());
  if (!sweep_timer_.armed()) sweep_timer_ = loop.every(sweep_interval(limits), [this] { sweep(); });
}

void ServerCore::forget(const ServerConnection& connection) {
  if (connections_.erase(&connection) == 0) return;
  connections_open_.add(-1);
  if (connections_.empty()) sweep_timer_.stop();
}

void ServerCore::schedule(std::weak_ptr<ServerConnection> connection) {
  if (stopped_) return;
  scheduled_.push_back(std::move(connection));
  if (scheduled_.size() > 1) return;
  flush_timer_ = loop.after({}, [self = shared_from_this()] { self->flush_scheduled(); });
}

void ServerCore::flush_scheduled() {
  for (const auto& weak : std::exchange(scheduled_, {}))
    if (const auto connection = weak.lock()) connection->flush();
}

void ServerCore::sweep() {
  const auto self = shared_from_this();
  std::vector<std::shared_ptr<ServerConnection>> all;
  all.reserve(connections_.size());
  for (const auto& [raw, connection] : connections_)
    all.push_back(connection);
  for (const auto& connection : all)
    connection->expire();
}

void ServerCore::drain() {
  draining_ = true;
  const auto self = shared_from_this();
  for (const auto& [raw, connection] : std::unordered_map(connections_))
    connection->drain();
}

bool ServerCore::busy() const {
  return std::any_of(connections_.begin(), connections_.end(),
                     [](const auto& entry) { return entry.second->busy(); });
}

void ServerCore::stop() {
  stopped_ = true;
  for (const auto& [raw, connection] : std::unordered_map(connections_))
    connection->close();
  flush_timer_.stop();
  sweep_timer_.stop();
}

}  // namespace agent::net
