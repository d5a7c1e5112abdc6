#pragma once
// An HTTP server for one listener: HTTP/1.1 (llhttp) and HTTP/2 (nghttp2) on the same port, told
// apart by the first bytes: in clear text by prior knowledge, under TLS as ALPN has chosen.
// Handlers see one Request type for both.
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "agent/base/log.h"
#include "agent/loop/event_loop.h"
#include "agent/loop/tcp.h"
#include "agent/net/http_types.h"
#include "agent/net/tls_server_config.h"
#include "agent/selfmon/metrics.h"

namespace agent::net {

/// Answers one request, once, now or later, on the loop thread. Safe to use after the client has
/// gone: the answer is then thrown away. Destroying it unused answers 500.
class Responder {
 public:
  class Target {
   public:
    Target() = default;
    Target(const Target&) = delete;
    Target& operator=(const Target&) = delete;
    virtual ~Target() = default;
    virtual void respond(Response response) = 0;
  };
  explicit Responder(std::weak_ptr<Target> target) : target_(std::move(target)) {}
  Responder(Responder&&) noexcept = default;
  Responder& operator=(Responder&&) noexcept = default;
  ~Responder();
  void send(Response response);

 private:
  std::weak_ptr<Target> target_;
  bool sent_ = false;
};

using Handler = std::function<void(Request request, Responder responder)>;

/// One path of a server.
struct Route {
  std::string method;  ///< "GET" also serves HEAD; "*" any
  std::string path;    ///< exact, or a prefix when it ends in "/*"
  Handler handler;
  std::uint64_t max_body_bytes =
      1 << 20U;  ///< a longer body is not buffered: `too_large` answers, the rest is discarded
  /// The answer to a body over the limit; null: 413 text/plain. gRPC routes answer
  /// RESOURCE_EXHAUSTED.
  std::function<Response(const Request& head)> too_large = nullptr;
};

struct ServerLimits {
  std::size_t max_connections = 1000;
  std::size_t max_header_bytes = 16UL * 1024;
  std::uint32_t max_concurrent_streams = 100;
  Duration header_timeout = std::chrono::seconds(10);
  Duration body_timeout = std::chrono::seconds(30);
  Duration idle_timeout = std::chrono::minutes(10);
};

/// Listens until destroyed. A path with no route: 404; a method with no route: 405 with Allow.
/// Malformed HTTP: 400 and the connection closes. `Expect: 100-continue` is answered.
class HttpServer {
 public:
  /// With `tls`, its protocols are those of HTTP whatever it says. `scope` gets
  /// http_requests_total{code}, http_connections. Errors: Config, naming the address or the file.
  static Result<std::unique_ptr<HttpServer>> listen(loop::EventLoop& loop,
                                                    const loop::HostPort& address,
                                                    ServerLimits limits, Logger& log,
                                                    const selfmon::Scope& scope,
                                                    std::optional<TlsServerConfig> tls = {});
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;
  ~HttpServer();

  /// Routes may be added and replaced while running; the newest of equal method and path counts.
  void add_route(Route route);
  void remove_route(const std::string& method, const std::string& path);
  /// Answers for paths without a route (gRPC: UNIMPLEMENTED); null restores 404.
  void set_fallback(Handler handler);
  loop::HostPort local() const;
  /// Stops accepting, tells HTTP/2 peers GOAWAY, HTTP/1.1 peers `Connection: close`; calls `done`
  /// when no request is open or `deadline` has passed.
  void drain(Duration deadline, loop::Callback done);

 private:
  class Impl;
  explicit HttpServer(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace agent::net
