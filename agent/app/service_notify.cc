#include "agent/app/service_notify.h"

#include <charconv>
#include <cstdlib>
#include <cstring>

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "agent/base/unique_fd.h"

namespace agent::app {

ServiceNotify ServiceNotify::from_environment() {
  // NOLINTNEXTLINE(concurrency-mt-unsafe): nothing in this process changes its environment
  const char* path = std::getenv("NOTIFY_SOCKET");
  return ServiceNotify(path == nullptr ? "" : path);
}

void ServiceNotify::reloading(SteadyTime now) const {
  const auto us = std::chrono::duration_cast<std::chrono::microseconds>(now.time_since_epoch());
  send("RELOADING=1\nMONOTONIC_USEC=" + std::to_string(us.count()));
}

void ServiceNotify::send(const std::string& message) const {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (socket_path_.empty() || socket_path_.size() >= sizeof address.sun_path) return;
  std::memcpy(address.sun_path, socket_path_.data(), socket_path_.size());
  if (address.sun_path[0] == '@') address.sun_path[0] = '\0';
  const UniqueFd fd(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  if (!fd) return;
  const auto length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + socket_path_.size());
  // Nobody to tell about a failure: systemd notices a missing READY by itself.
  static_cast<void>(::sendto(fd.get(), message.data(), message.size(), MSG_NOSIGNAL,
                             reinterpret_cast<const sockaddr*>(&address), length));
}

Duration watchdog_interval_from_environment() {
  // NOLINTBEGIN(concurrency-mt-unsafe): nothing in this process changes its environment
  const char* text = std::getenv("WATCHDOG_USEC");
  const char* pid = std::getenv("WATCHDOG_PID");
  // NOLINTEND(concurrency-mt-unsafe)
  if (text == nullptr || (pid != nullptr && std::to_string(::getpid()) != pid))
    return Duration::zero();
  std::int64_t us = 0;
  const auto parsed = std::from_chars(text, text + std::strlen(text), us);
  return parsed.ec == std::errc() && us > 0 ? Duration(std::chrono::microseconds(us)) / 2
                                            : Duration::zero();
}

}  // namespace agent::app
