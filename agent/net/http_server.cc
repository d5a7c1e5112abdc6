#include "agent/net/http_server.h"

#include <utility>

#include "agent/net/server_core.h"

namespace agent::net {
namespace {

// How often drain() looks whether all is answered.
constexpr Duration kDrainInterval = std::chrono::milliseconds(10);

}  // namespace

Responder::~Responder() {
  if (sent_) return;
  Response response;
  response.status = 500;
  response.headers.add("content-type", "text/plain; charset=utf-8");
  response.body = "the request was not answered\n";
  send(std::move(response));
}

void Responder::send(Response response) {
  if (std::exchange(sent_, true)) return;
  if (const auto target = std::exchange(target_, {}).lock()) target->respond(std::move(response));
}

class HttpServer::Impl {
 public:
  Impl(loop::EventLoop& loop, ServerLimits limits, Logger& log, const selfmon::Scope& scope)
      : core(std::make_shared<ServerCore>(loop, limits, log, scope)) {}
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;
  ~Impl() { core->stop(); }

  std::shared_ptr<ServerCore> core;
  std::unique_ptr<loop::TcpListener> listener;
  loop::HostPort address;
  loop::Timer drain_check;
  loop::Callback drained;
  SteadyTime drain_deadline{};

  void check_drained() {
    if (core->busy() && core->loop.now() < drain_deadline) return;
    drain_check.stop();
    if (const auto done = std::exchange(drained, nullptr)) done();
  }
};

HttpServer::HttpServer(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
HttpServer::~HttpServer() = default;

Result<std::unique_ptr<HttpServer>> HttpServer::listen(loop::EventLoop& loop,
                                                       const loop::HostPort& address,
                                                       ServerLimits limits, Logger& log,
                                                       const selfmon::Scope& scope,
                                                       std::optional<TlsServerConfig> tls) {
  auto impl = std::make_unique<Impl>(loop, limits, log, scope);
  if (tls) {
    tls->protocols = TlsServerConfig::Protocols::Http;
    auto made = TlsServer::make(loop, std::move(*tls), log, scope);
    if (!made) return made.error();
    impl->core->tls = std::move(*made);
  }
  auto listener = loop::TcpListener::listen(
      loop, address, [core = impl->core](auto stream) { core->accept(std::move(stream)); });
  if (!listener) return listener.error();
  impl->listener = std::move(*listener);
  impl->address = impl->listener->local();
  return std::unique_ptr<HttpServer>(new HttpServer(std::move(impl)));
}

void HttpServer::add_route(Route route) { impl_->core->routes.add(std::move(route)); }

void HttpServer::remove_route(const std::string& method, const std::string& path) {
  impl_->core->routes.remove(method, path);
}

void HttpServer::set_fallback(Handler handler) {
  impl_->core->routes.set_fallback(std::move(handler));
}

loop::HostPort HttpServer::local() const { return impl_->address; }

void HttpServer::drain(Duration deadline, loop::Callback done) {
  loop::EventLoop& loop = impl_->core->loop;
  impl_->listener.reset();
  impl_->drained = std::move(done);
  impl_->drain_deadline = loop.now() + deadline;
  impl_->drain_check = loop.every(kDrainInterval, [impl = impl_.get()] { impl->check_drained(); });
  impl_->core->drain();
}

}  // namespace agent::net
