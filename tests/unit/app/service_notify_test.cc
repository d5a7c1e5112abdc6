#include "agent/app/service_notify.h"

#include <cstdlib>
#include <cstring>

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "agent/base/unique_fd.h"

namespace agent::app {
namespace {

// A datagram socket of systemd's kind; `name` may start with '@'.
UniqueFd bind_socket(const std::string& name) {
  UniqueFd fd(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, name.data(), name.size());
  if (name[0] == '@') address.sun_path[0] = '\0';
  const auto length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + name.size());
  EXPECT_EQ(::bind(fd.get(), reinterpret_cast<const sockaddr*>(&address), length), 0);
  return fd;
}

std::string receive(const UniqueFd& fd) {
  char buffer[256];
  const ssize_t n = ::recv(fd.get(), buffer, sizeof buffer, MSG_DONTWAIT);
  return n < 0 ? "" : std::string(buffer, static_cast<std::size_t>(n));
}

TEST(ServiceNotify, SpeaksToPathsAndToAbstractNames) {
  const std::string suffix = std::to_string(::getpid());
  for (const std::string& name : {"/tmp/dunlin-notify-" + suffix, "@dunlin-notify-" + suffix}) {
    SCOPED_TRACE(name);
    const UniqueFd fd = bind_socket(name);
    const ServiceNotify notify(name);
    notify.ready();
    EXPECT_EQ(receive(fd), "READY=1");
    notify.reloading(SteadyTime(std::chrono::microseconds(1500)));
    EXPECT_EQ(receive(fd), "RELOADING=1\nMONOTONIC_USEC=1500");
    notify.status("fine");
    EXPECT_EQ(receive(fd), "STATUS=fine");
    ::unlink(name.c_str());
  }
}

TEST(ServiceNotify, IsSilentWithoutAService) {
  const ServiceNotify notify("");
  EXPECT_FALSE(notify.enabled());
  notify.ready();  // nothing to see: it must not fail
}

TEST(ServiceNotify, WatchdogIntervalIsHalfOfWhatIsAsked) {
  ::setenv("WATCHDOG_USEC", "30000000", 1);
  EXPECT_EQ(watchdog_interval_from_environment(), std::chrono::seconds(15));
  ::setenv("WATCHDOG_PID", "1", 1);
  EXPECT_EQ(watchdog_interval_from_environment(), Duration::zero());
  ::setenv("WATCHDOG_PID", std::to_string(::getpid()).c_str(), 1);
  EXPECT_EQ(watchdog_interval_from_environment(), std::chrono::seconds(15));
  ::setenv("WATCHDOG_USEC", "soon", 1);
  EXPECT_EQ(watchdog_interval_from_environment(), Duration::zero());
  ::unsetenv("WATCHDOG_USEC");
  ::unsetenv("WATCHDOG_PID");
  EXPECT_EQ(watchdog_interval_from_environment(), Duration::zero());
}

}  // namespace
}  // namespace agent::app
