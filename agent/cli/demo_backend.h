#pragma once
#include <memory>
#include <string>
#include <vector>

#include "agent/app/loop_thread.h"
#include "agent/base/log.h"
#include "agent/base/random.h"
#include "agent/cli/demo_files.h"
#include "agent/cli/demo_report.h"
#include "agent/net/http_server.h"
#include "agent/sink/receiver.h"
#include "agent/sink/shop.h"

namespace agent::cli {

/// The other side of the demo on a thread of its own: the backend that receives, and the shop that
/// is watched. All members may be called from the thread that made it.
class DemoBackend {
 public:
  explicit DemoBackend(Logger& log);
  DemoBackend(const DemoBackend&) = delete;
  DemoBackend& operator=(const DemoBackend&) = delete;
  ~DemoBackend();

  /// Opens the backend and the shop, which will send its spans to `traces_port` and write its logs
  /// below `log_folder`. Errors: Config, Io.
  Status open(const std::string& log_folder, std::uint16_t traces_port);
  void open_shop_doors();
  void close_shop_doors();

  std::uint16_t port() const { return port_; }
  const std::vector<DemoPlan::Service>& services() const { return services_; }
  DemoArrivals arrivals();
  /// One line for people.
  std::string summary();

 private:
  Status open_on_thread(const std::string& log_folder, std::uint16_t traces_port);

  Logger& log_;
  SystemClock clock_;
  Random random_ = Random::from_system();
  app::LoopThread thread_{"demo"};
  std::unique_ptr<net::HttpServer> server_;
  std::unique_ptr<sink::Receiver> receiver_;
  std::unique_ptr<sink::Shop> shop_;
  std::uint16_t port_ = 0;
  std::vector<DemoPlan::Service> services_;
};

}  // namespace agent::cli
