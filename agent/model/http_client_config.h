#pragma once
// The HTTP client keys that scrapes, discovery and senders share. Spec: metrics.md 1.5,
// logs.md 1.3.
#include <map>
#include <string>
#include <vector>

#include "agent/base/clock.h"

namespace agent::model {

/// A secret that stands in the file or in a file of its own, which is read again when it changes.
struct Secret {
  std::string value;
  std::string file;
  bool empty() const { return value.empty() && file.empty(); }
  friend bool operator==(const Secret&, const Secret&) = default;
};

struct BasicAuth {
  std::string username;
  std::string username_file;
  Secret password;
  friend bool operator==(const BasicAuth&, const BasicAuth&) = default;
};

struct TlsConfig {
  std::string ca, ca_file;
  std::string cert, cert_file;
  Secret key;
  std::string server_name;
  bool insecure_skip_verify = false;
  std::string min_version;  ///< "", TLS10 .. TLS13
  std::string max_version;
  friend bool operator==(const TlsConfig&, const TlsConfig&) = default;
};

struct HttpHeader {
  std::string name;
  std::vector<std::string> values;
  std::vector<Secret> secrets;
  friend bool operator==(const HttpHeader&, const HttpHeader&) = default;
};

struct ProxyConfig {
  std::string url;
  std::string no_proxy;
  bool from_environment = false;
  std::vector<HttpHeader> connect_headers;  ///< for the proxy, where it is asked for a tunnel
  friend bool operator==(const ProxyConfig&, const ProxyConfig&) = default;
};

/// OAuth 2.0's client credentials grant (RFC 6749 section 4.4).
struct OAuth2Config {
  std::string client_id;
  std::string client_id_file;  ///< monitors of a cluster name it as a secret
  Secret client_secret;
  std::string token_url;
  std::vector<std::string> scopes;
  std::map<std::string, std::string> endpoint_params;
  TlsConfig tls;  ///< this and the proxy: on the way to token_url
  ProxyConfig proxy;
  friend bool operator==(const OAuth2Config&, const OAuth2Config&) = default;
};

struct HttpClientConfig {
  enum class Auth { None, Basic, Bearer, OAuth2 };
  Auth auth = Auth::None;
  BasicAuth basic;
  std::string authorization_type = "Bearer";
  Secret credentials;
  OAuth2Config oauth2;
  TlsConfig tls;
  ProxyConfig proxy;
  bool follow_redirects = true;
  bool enable_http2 = true;
  std::vector<HttpHeader> headers;
  friend bool operator==(const HttpClientConfig&, const HttpClientConfig&) = default;
};

}  // namespace agent::model
