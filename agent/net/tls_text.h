#pragma once
#include <string>

namespace agent::net {

/// What OpenSSL complained about last on this thread ("wrong version number"), and forgets it.
std::string take_tls_error();

}  // namespace agent::net
