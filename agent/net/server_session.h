#pragma once
// What the two protocols of the server have in common: bytes in, bytes out, requests to handlers.
// Sessions do no I/O, so tests and fuzzers drive them with strings.
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "agent/base/clock.h"
#include "agent/net/http_server.h"
#include "agent/net/route_table.h"

namespace agent::net {

/// What a session needs from its connection. Outlives the session.
class SessionHost {
 public:
  SessionHost() = default;
  SessionHost(const SessionHost&) = delete;
  SessionHost& operator=(const SessionHost&) = delete;
  virtual ~SessionHost() = default;
  virtual std::shared_ptr<const RouteMatch> find_route(std::string_view method,
                                                       std::string_view path) = 0;
  virtual const ServerLimits& limits() const = 0;
  virtual SteadyTime now() const = 0;
  /// The client's address without port.
  virtual const std::string& peer() const = 0;
  /// One request was answered.
  virtual void count_request(int status) = 0;
  /// The peer broke the protocol or flooded us, and loses its connection for it.
  virtual void count_protocol_error(std::string_view what) = 0;
  /// Output waits, or the session has finished: the connection asks for both at the end of the
  /// turn.
  virtual void wake() = 0;
};

/// One connection's protocol.
class ServerSession {
 public:
  ServerSession() = default;
  ServerSession(const ServerSession&) = delete;
  ServerSession& operator=(const ServerSession&) = delete;
  virtual ~ServerSession() = default;

  virtual void receive(std::string_view bytes) = 0;
  /// The peer has ended its direction.
  virtual void receive_end() = 0;
  /// Goes on with what receive() had to hold back.
  virtual void resume() = 0;
  /// Appends output to `out` until it holds about `limit_bytes`.
  virtual void take_output(std::string& out, std::size_t limit_bytes) = 0;
  /// False while more input would have to be held back.
  virtual bool wants_input() const = 0;
  /// True when all output has been taken and the connection is to be closed.
  virtual bool finished() const = 0;
  /// Requests that have begun and are not answered to their end.
  virtual std::size_t open_requests() const = 0;
  /// No further requests; what is open is answered.
  virtual void drain() = 0;
  /// Ends what took too long. Called about once a second.
  virtual void expire() = 0;
  /// The answer of request `id`; called by its Exchange.
  virtual void respond(std::int32_t id, Response response) = 0;
};

/// A Responder's way back. The session holds it while the answer is wanted.
class Exchange final : public Responder::Target {
 public:
  Exchange(ServerSession& session, std::int32_t id) : session_(session), id_(id) {}
  void respond(Response response) override { session_.respond(id_, std::move(response)); }

 private:
  ServerSession& session_;
  std::int32_t id_;
};

/// Each header counts its text plus this much, as HTTP/2 defines the size of a header list; it
/// bounds the number of headers as well.
inline constexpr std::size_t kHeaderOverheadBytes = 32;

/// True when a body that began at `since` and has come this far is too slow: past the time-out and
/// below 1 kB/s on average. Spec: traces.md 4.2.
bool body_is_too_slow(SteadyTime since, SteadyTime now, std::uint64_t body_bytes,
                      Duration body_timeout);
/// The answer to a body over the route's limit.
Response too_large_response(const Route& route, const Request& head);
/// Sets path and query from a request target; "http://host/path?query" counts as well.
void set_target(Request& request, std::string_view target);
/// True for headers that the session writes itself: content-length, connection, ...
bool is_session_header(std::string_view name);
/// `value` without the bytes that would end a header and without blanks around it, which HTTP/2
/// forbids.
std::string clean_header(std::string_view value);

}  // namespace agent::net
