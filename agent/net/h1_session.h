#pragma once
#include <memory>

#include "agent/net/server_session.h"

namespace agent::net {

/// HTTP/1.0 and 1.1: keep-alive, chunked bodies, Expect: 100-continue. Pipelined requests are
/// handled one after the other, so answers come in order without a queue of them.
std::unique_ptr<ServerSession> make_h1_session(SessionHost& host);

}  // namespace agent::net
