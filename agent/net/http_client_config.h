#pragma once
#include "agent/config/reader.h"
#include "agent/model/http_client_config.h"

namespace agent::net {

/// Reads basic_auth, authorization, bearer_token(_file), oauth2, tls_config, proxy_*,
/// follow_redirects, enable_http2 and http_headers with `reader`; of oauth2 the grant by a signed
/// JWT is refused by name. What is wrong goes to the reader's report: two kinds of credentials, a
/// value and its _file twin, unknown TLS versions, headers that we set ourselves. Relative paths
/// are those of the folder of the file that names them. `defaults` holds what absent keys mean
/// (remote write: enable_http2 off). Spec: metrics.md 1.5, logs.md 1.3.
model::HttpClientConfig read_http_client_config(config::Reader& reader,
                                                model::HttpClientConfig defaults = {});

}  // namespace agent::net
