#pragma once
// Addresses as the kernel has them; for loop/ itself.
#include <netinet/in.h>
#include <sys/socket.h>

#include "agent/base/result.h"
#include "agent/loop/byte_stream.h"

namespace agent::loop {

/// The address to listen on: a number, or a name that is looked up once, at start-up. "" is all
/// addresses. A name of both families is its IPv4 address, as with Go's net.Listen: "localhost"
/// must answer on 127.0.0.1. Errors: Config.
Result<sockaddr_storage> address_to_bind(EventLoop& loop, const HostPort& address);

/// The address in `storage`; an IPv4 address that is mapped into IPv6 comes out as IPv4.
HostPort to_host_port(const sockaddr_storage& storage);

}  // namespace agent::loop
