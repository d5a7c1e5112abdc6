#include "agent/loop/address.h"

#include <array>
#include <cstring>
#include <string>

#include <uv.h>

#include "agent/loop/tcp_state.h"

namespace agent::loop {

Result<sockaddr_storage> address_to_bind(EventLoop& loop, const HostPort& address) {
  sockaddr_storage storage{};
  const std::string host = address.host.empty() ? "::" : address.host;
  if (uv_ip4_addr(host.c_str(), address.port, reinterpret_cast<sockaddr_in*>(&storage)) == 0 ||
      uv_ip6_addr(host.c_str(), address.port, reinterpret_cast<sockaddr_in6*>(&storage)) == 0)
    return storage;
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_PASSIVE;
  uv_getaddrinfo_t request{};
  const int found = uv_getaddrinfo(loop.raw(), &request, nullptr, host.c_str(),
                                   std::to_string(address.port).c_str(), &hints);
  if (found < 0) return Error{ErrorKind::Config, to_string(address) + ": " + uv_text(found)};
  const addrinfo* chosen = request.addrinfo;
  for (const addrinfo* each = chosen; each != nullptr; each = each->ai_next) {
    if (each->ai_family != AF_INET) continue;
    chosen = each;
    break;
  }
  std::memcpy(&storage, chosen->ai_addr, chosen->ai_addrlen);
  uv_freeaddrinfo(request.addrinfo);
  return storage;
}

HostPort to_host_port(const sockaddr_storage& storage) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  if (storage.ss_family == AF_INET) {
    const auto& address = reinterpret_cast<const sockaddr_in&>(storage);
    uv_ip4_name(&address, text.data(), text.size());
    return {text.data(), ntohs(address.sin_port)};
  }
  if (storage.ss_family != AF_INET6) return {};
  const auto& address = reinterpret_cast<const sockaddr_in6&>(storage);
  if (IN6_IS_ADDR_V4MAPPED(&address.sin6_addr)) {
    uv_inet_ntop(AF_INET, &address.sin6_addr.s6_addr[12], text.data(), text.size());
  } else {
    uv_ip6_name(&address, text.data(), text.size());
  }
  return {text.data(), ntohs(address.sin6_port)};
}

}  // namespace agent::loop
