#pragma once
#include <string>

#include "agent/base/result.h"
#include "agent/net/http_client.h"

namespace agent::cli {

/// One blocking GET of a command that asks a running agent. Any status is a value. Errors: Network,
/// Timeout.
Result<net::ClientResponse> fetch(const std::string& url,
                                  Duration timeout = std::chrono::seconds(5));
/// The same for a request that says more than an address.
Result<net::ClientResponse> fetch(net::ClientRequest request);

}  // namespace agent::cli
