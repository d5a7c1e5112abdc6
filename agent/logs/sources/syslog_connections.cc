#include "agent/logs/sources/syslog_connections.h"

#include <algorithm>
#include <utility>
#include <vector>

namespace agent::logs {
namespace {

constexpr std::size_t kMaxConnections = 1000;
constexpr Duration kSilence = std::chrono::milliseconds(100);
constexpr Duration kSilenceCheck = std::chrono::milliseconds(25);

Duration idle_check(Duration idle_timeout) {
  return std::clamp<Duration>(idle_timeout / 4, std::chrono::milliseconds(10),
                              std::chrono::seconds(1));
}

}  // namespace

SyslogConnections::SyslogConnections(const SyslogConfig& config,
                                     const SourceEnvironment& environment, SyslogEntries& entries,
                                     BatchOutlet& outlet, ReverseNames* names)
    : config_(config),
      env_(environment),
      entries_(entries),
      outlet_(outlet),
      names_(names),
      open_(env_.scope.gauge("syslog_connections", "Connections that are open.")),
      refused_(env_.scope.counter("syslog_connections_refused_total",
                                  "Connections closed because there were too many.")) {}

SyslogConnections::~SyslogConnections() { open_.set(0); }

Status SyslogConnections::listen() {
  if (config_.tls) {
    auto tls = net::TlsServer::make(env_.loop, *config_.tls, env_.log, env_.scope);
    if (!tls) return tls.error();
    tls_ = std::move(*tls);
  }
  auto listener = loop::TcpListener::listen(env_.loop, config_.address,
                                            [this](auto stream) { accept(std::move(stream)); });
  if (!listener) return listener.error();
  listener_ = std::move(*listener);
  return {};
}

void SyslogConnections::accept(std::unique_ptr<loop::TcpStream> stream) {
  if (connections_.size() >= kMaxConnections) return refused_.add();
  ++accepted_;
  auto connection = std::make_shared<Connection>(config_.max_message_bytes);
  connection->address = stream->peer().host;
  connection->last_data = env_.loop.now();
  connection->stream = tls_ ? tls_->wrap(std::move(stream)) : std::move(stream);
  connections_[connection.get()] = connection;
  open_.set(static_cast<double>(connections_.size()));
  if (!idle_timer_.armed())
    idle_timer_ = env_.loop.every(idle_check(config_.idle_timeout), [this] { look_for_idle(); });
  const auto named = [this, weak = std::weak_ptr(connection)] {
    if (const auto still_here = weak.lock()) begin(*still_here);
  };
  if (names_ == nullptr || !names_->wait_for(connection->address, named)) begin(*connection);
}

void SyslogConnections::begin(Connection& connection) {
  if (outlet_.stalled()) connection.stream->pause_reading();
  connection.stream->start_reading(
      [this, &connection](std::string_view bytes) { on_data(connection, bytes); },
      [this, &connection](const Status&) { on_end(connection); });
}

SyslogFramer::OnFrame SyslogConnections::taker_of(const Connection& connection) {
  const SyslogPeer peer{connection.address,
                        names_ != nullptr ? names_->get(connection.address) : std::string_view()};
  return [this, peer](const SyslogFrame& frame) { entries_.add(frame, peer); };
}

void SyslogConnections::on_data(Connection& connection, std::string_view bytes) {
  connection.last_data = env_.loop.now();
  if (!connection.framer.feed(bytes, taker_of(connection))) {
    entries_.count_refused();
    env_.log.limited(LogLevel::Warn, "syslog_framing " + env_.job,
                     "A syslog connection begins with neither '<' nor a digit; it was closed.",
                     {{"job", env_.job}, {"peer", connection.address}});
    return forget(connection);
  }
  if (connection.framer.waits_for_silence() && !silence_timer_.armed())
    silence_timer_ = env_.loop.every(kSilenceCheck, [this] { look_for_silence(); });
  push();
}

void SyslogConnections::on_end(Connection& connection) {
  connection.framer.finish(taker_of(connection));
  forget(connection);
  push();
}

void SyslogConnections::forget(const Connection& connection) {
  connections_.erase(&connection);
  open_.set(static_cast<double>(connections_.size()));
  if (connections_.empty()) idle_timer_.stop();
}

void SyslogConnections::push() {
  if (outlet_.push([this] { on_room(); })) return;
  for (const auto& [raw, connection] : connections_)
    connection->stream->pause_reading();
}

void SyslogConnections::on_room() {
  for (const auto& [raw, connection] : connections_) {
    connection->last_data = env_.loop.now();  // the silence was ours
    connection->stream->resume_reading();
  }
}

void SyslogConnections::look_for_silence() {
  if (outlet_.stalled()) return;
  bool any_waits = false;
  for (const auto& [raw, connection] : connections_) {
    if (!connection->framer.waits_for_silence()) continue;
    if (env_.loop.now() - connection->last_data >= kSilence) {
      connection->framer.on_silence(taker_of(*connection));
    } else {
      any_waits = true;
    }
  }
  if (!any_waits) silence_timer_.stop();
  push();
}

void SyslogConnections::look_for_idle() {
  if (outlet_.stalled()) return;
  std::vector<std::shared_ptr<Connection>> idle;
  for (const auto& [raw, connection] : connections_)
    if (env_.loop.now() - connection->last_data >= config_.idle_timeout) idle.push_back(connection);
  for (const auto& connection : idle)
    on_end(*connection);
}

void SyslogConnections::stop() {
  listener_.reset();
  silence_timer_.stop();
  idle_timer_.stop();
  if (!outlet_.stalled()) {
    for (const auto& [raw, connection] : connections_)
      connection->framer.finish(taker_of(*connection));
    push();
  }
  connections_.clear();
  open_.set(0);
}

}  // namespace agent::logs
