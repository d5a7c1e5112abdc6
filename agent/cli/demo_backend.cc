#include "agent/cli/demo_backend.h"

namespace agent::cli {

DemoBackend::DemoBackend(Logger& log) : log_(log) {}

DemoBackend::~DemoBackend() {
  // Each lives on the loop; the receiver goes before the server that it serves on.
  thread_.run_and_wait([this] {
    shop_.reset();
    receiver_.reset();
    server_.reset();
  });
}

Status DemoBackend::open(const std::string& log_folder, std::uint16_t traces_port) {
  Status result;
  thread_.run_and_wait([&] { result = open_on_thread(log_folder, traces_port); });
  return result;
}

Status DemoBackend::open_on_thread(const std::string& log_folder, std::uint16_t traces_port) {
  auto server =
      net::HttpServer::listen(thread_.loop(), {"127.0.0.1", 0}, {}, log_, selfmon::Scope());
  if (!server) return server.error();
  server_ = *std::move(server);
  port_ = server_->local().port;
  receiver_ = std::make_unique<sink::Receiver>(thread_.loop(), *server_, sink::Receiver::Config{});
  sink::Shop::Config config;
  config.log_folder = log_folder;
  config.traces_url = "http://127.0.0.1:" + std::to_string(traces_port) + "/v1/traces";
  auto shop = sink::Shop::open(thread_.loop(), clock_, random_, log_, config);
  if (!shop) return shop.error();
  shop_ = *std::move(shop);
  for (const auto& service : shop_->services())
    services_.push_back({service.name, service.port});
  return {};
}

void DemoBackend::open_shop_doors() {
  thread_.run_and_wait([this] { shop_->start(); });
}

void DemoBackend::close_shop_doors() {
  thread_.run_and_wait([this] { shop_->stop(); });
}

DemoArrivals DemoBackend::arrivals() {
  DemoArrivals out;
  thread_.run_and_wait([&] {
    const auto& arrivals = receiver_->arrivals();
    out = {arrivals.totals(sink::Signal::Metrics).records,
           arrivals.totals(sink::Signal::Logs).records,
           arrivals.totals(sink::Signal::Traces).records};
  });
  return out;
}

std::string DemoBackend::summary() {
  std::string out;
  thread_.run_and_wait([&] { out = receiver_->arrivals().summary(); });
  return out;
}

}  // namespace agent::cli
