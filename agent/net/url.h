#pragma once
#include <string>
#include <string_view>

#include "agent/base/result.h"

namespace agent::net {

/// An absolute http or https URL, taken apart as far as a client needs it.
struct Url {
  std::string text;    ///< may hold user info: never for people
  std::string scheme;  ///< "http" or "https"
  std::string host;    ///< "tempo", "10.0.0.1", "[::1]"
  std::string port;    ///< the scheme's default where none is given
  /// "host:port", what errors say.
  std::string host_port() const { return host + ":" + port; }
  bool is_default_port() const { return port == (scheme == "https" ? "443" : "80"); }
};

/// Errors: Config; the message does not repeat the text, which may hold a password.
Result<Url> parse_url(std::string_view text);

/// Where a `Location` header of an answer from `base` leads. Errors: Input (no URL), Network (away
/// from https, or to another protocol).
Result<Url> resolve_redirect(const Url& base, std::string_view location);

/// `url` with another host in place of its own.
Result<Url> with_host(const Url& url, const std::string& host);

/// True where credentials meant for `first` may go to `next` too: the same host and port, or its
/// default ports when http became https.
bool may_share_credentials(const Url& first, const Url& next);

}  // namespace agent::net
