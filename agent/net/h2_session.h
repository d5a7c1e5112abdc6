#pragma once
#include <memory>

#include "agent/net/server_session.h"

namespace agent::net {

/// The first bytes of an HTTP/2 connection with prior knowledge.
inline constexpr std::string_view kH2Preface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

/// HTTP/2; `receive` starts with the preface. Settings, windows and flood limits: traces.md 4.1.
std::unique_ptr<ServerSession> make_h2_session(SessionHost& host);

}  // namespace agent::net
