#pragma once
#include "agent/config/reader.h"
#include "agent/model/http_client_config.h"

namespace agent::net {

/// Reads basic_auth, authorization, bearer_token(_file), oauth2 (refused by name until it is
/// built), tls_config, proxy_*, follow_redirects, enable_http2 and http_headers with `reader`. What
/// is wrong goes to the reader's report: two kinds of credentials, a value and its _file twin,
/// unknown TLS versions. Spec: metrics.md 1.5, logs.md 1.3.
model::HttpClientConfig read_http_client_config(config::Reader& reader);

}  // namespace agent::net
