// HTTP/1.1 from a client, in pieces of any size.
#include "agent/net/h1_session.h"

#include "tests/fuzz/session_host.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  agent::testing::FuzzHost host;
  const auto session = agent::net::make_h1_session(host);
  agent::testing::drive(*session, host, {reinterpret_cast<const char*>(data), size});
  return 0;
}
