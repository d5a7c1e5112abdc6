#pragma once
#include <string_view>

#include <arpa/inet.h>
#include <sys/socket.h>

#include "agent/base/check.h"
#include "agent/base/unique_fd.h"
#include "agent/loop/byte_stream.h"

namespace agent::testing {

/// Sends datagrams to a port of 127.0.0.1; the kernel has them when send() returns.
class UdpClient {
 public:
  explicit UdpClient(const loop::HostPort& to) : fd_(::socket(AF_INET, SOCK_DGRAM, 0)) {
    to_.sin_family = AF_INET;
    to_.sin_port = htons(to.port);
    to_.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  }
  void send(std::string_view bytes) const {
    const auto sent = ::sendto(fd_.get(), bytes.data(), bytes.size(), 0,
                               reinterpret_cast<const sockaddr*>(&to_), sizeof to_);
    AGENT_CHECK(sent == static_cast<ssize_t>(bytes.size()));
  }

 private:
  UniqueFd fd_;
  sockaddr_in to_{};
};

}  // namespace agent::testing
