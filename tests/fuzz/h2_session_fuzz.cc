// HTTP/2 from a client, behind the preface, in pieces of any size.
#include "agent/net/h2_session.h"

#include "tests/fuzz/session_host.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  agent::testing::FuzzHost host;
  const auto session = agent::net::make_h2_session(host);
  session->receive(agent::net::kH2Preface);
  agent::testing::drive(*session, host, {reinterpret_cast<const char*>(data), size});
  return 0;
}
