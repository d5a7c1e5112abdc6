#pragma once
#include <memory>
#include <string>
#include <utility>

#include "agent/base/check.h"
#include "agent/base/log.h"
#include "agent/loop/event_loop.h"
#include "agent/net/http_server.h"
#include "agent/selfmon/metrics.h"

namespace agent::testing {

/// Log lines that nobody reads.
class NullOutput final : public Logger::Output {
 public:
  void write(LogLevel /*level*/, const std::string& /*line*/) override {}
};

/// An HttpServer on a free port of loopback.
class TestHttpServer {
 public:
  explicit TestHttpServer(loop::EventLoop& loop, net::ServerLimits limits = {})
      : log_(LogLevel::Error, LogFormat::Logfmt, std::make_unique<NullOutput>()) {
    auto listening = net::HttpServer::listen(loop, {"127.0.0.1", 0}, limits, log_, scope);
    AGENT_CHECK(listening);
    server = std::move(*listening);
  }

  /// Answers `method` `path` with `handle(request)`.
  template <typename Handle>
  void serve(const std::string& method, const std::string& path, Handle handle,
             std::uint64_t max_body_bytes = 1 << 20U) {
    net::Route route;
    route.method = method;
    route.path = path;
    route.max_body_bytes = max_body_bytes;
    route.handler = [handle](net::Request request, net::Responder responder) {
      responder.send(handle(std::move(request)));
    };
    server->add_route(std::move(route));
  }
  std::string url(const std::string& path) const {
    return "http://" + loop::to_string(server->local()) + path;
  }
  /// http_requests_total{code}.
  std::uint64_t answered(int code) const {
    return scope.counter("http_requests_total", "code", std::to_string(code)).value();
  }
  std::uint64_t protocol_errors() const {
    return scope.counter("http_protocol_errors_total").value();
  }
  double connections() const { return scope.gauge("http_connections").value(); }

  selfmon::Scope scope;
  std::unique_ptr<net::HttpServer> server;

 private:
  Logger log_;
};

}  // namespace agent::testing
