#pragma once
// Tells systemd how the service is (sd_notify), without its library. Spec: delivery.md 10.
#include <string>
#include <string_view>

#include "agent/base/clock.h"

namespace agent::app {

/// Sends to $NOTIFY_SOCKET (which may be abstract, "@name"); does nothing where there is none.
class ServiceNotify {
 public:
  explicit ServiceNotify(std::string socket_path) : socket_path_(std::move(socket_path)) {}
  static ServiceNotify from_environment();
  void ready() const { send("READY=1"); }
  void reloading(SteadyTime now) const;
  void stopping() const { send("STOPPING=1"); }
  void watchdog() const { send("WATCHDOG=1"); }
  void status(std::string_view text) const { send("STATUS=" + std::string(text)); }
  bool enabled() const { return !socket_path_.empty(); }

 private:
  void send(const std::string& message) const;
  std::string socket_path_;
};

/// Half of $WATCHDOG_USEC where it is meant for this process; 0: no watchdog.
Duration watchdog_interval_from_environment();

}  // namespace agent::app
