#pragma once
// A small online shop that nobody buys from: the workload of `dunlin demo`.
//
// Four services (catalog, checkout, auth, orders), each with a metrics page on a port of its own
// and a log file. A few times a second somebody logs in and places an order, which is a trace
// through all four. Every minute the payment gateway has a bad spell of fifteen seconds: 15 % of
// the payments fail, and show in the metrics, the logs and the traces alike.
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "agent/base/clock.h"
#include "agent/base/log.h"
#include "agent/base/random.h"
#include "agent/base/result.h"
#include "agent/loop/event_loop.h"

namespace agent::sink {

class Shop {
 public:
  struct Config {
    std::string log_folder;  ///< gets checkout/checkout.log (JSON lines) and NAME/NAME.log (CRI)
    std::string traces_url;  ///< OTLP/HTTP, "http://127.0.0.1:4318/v1/traces"
    int visits_per_tick = 1;
    Duration tick = std::chrono::milliseconds(200);
  };
  struct Service {
    std::string name;
    std::uint16_t port = 0;  ///< of its /metrics on 127.0.0.1
  };
  /// What was made, to compare with what arrives.
  struct Made {
    std::uint64_t log_lines = 0;
    std::uint64_t spans = 0;       ///< that the receiver has taken
    std::uint64_t lost_spans = 0;  ///< that it did not take for too long
  };

  /// Opens the pages; nothing happens in the shop before start(). All arguments but `config`
  /// outlive it. Errors: Config (an address), Io (a log file).
  static Result<std::unique_ptr<Shop>> open(loop::EventLoop& loop, const Clock& clock,
                                            Random& random, Logger& log, Config config);
  Shop(const Shop&) = delete;
  Shop& operator=(const Shop&) = delete;
  ~Shop();

  const std::vector<Service>& services() const;
  /// Opens the doors.
  void start();
  /// No more visits; pages stay, and spans that wait are still sent.
  void stop();
  const Made& made() const;

 private:
  class Impl;
  explicit Shop(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace agent::sink
