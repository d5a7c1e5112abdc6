#include "agent/net/url.h"

#include <memory>

#include <curl/curl.h>

namespace agent::net {
namespace {

struct FreeUrl {
  void operator()(CURLU* url) const { curl_url_cleanup(url); }
};
using Handle = std::unique_ptr<CURLU, FreeUrl>;

std::string part_of(const Handle& url, CURLUPart part, unsigned flags = 0) {
  char* text = nullptr;
  if (curl_url_get(url.get(), part, &text, flags) != CURLUE_OK) return {};
  std::string out = text;
  curl_free(text);
  return out;
}

Error not_valid(CURLUcode code) {
  return {ErrorKind::Config, std::string("the URL is not valid: ") + curl_url_strerror(code)};
}

Result<Url> take_apart(const Handle& url) {
  Url out;
  out.text = part_of(url, CURLUPART_URL);
  out.scheme = part_of(url, CURLUPART_SCHEME);
  out.host = part_of(url, CURLUPART_HOST);
  out.port = part_of(url, CURLUPART_PORT, CURLU_DEFAULT_PORT);
  if (out.scheme != "http" && out.scheme != "https")
    return Error{ErrorKind::Config, "the URL has to start with http:// or https://"};
  return out;
}

}  // namespace

Result<Url> parse_url(std::string_view text) {
  const Handle url(curl_url());
  const CURLUcode code = curl_url_set(url.get(), CURLUPART_URL, std::string(text).c_str(), 0);
  if (code == CURLUE_BAD_SCHEME || code == CURLUE_UNSUPPORTED_SCHEME)
    return Error{ErrorKind::Config, "the URL has to start with http:// or https://"};
  if (code != CURLUE_OK) return not_valid(code);
  return take_apart(url);
}

Result<Url> resolve_redirect(const Url& base, std::string_view location) {
  const Handle url(curl_url());
  curl_url_set(url.get(), CURLUPART_URL, base.text.c_str(), 0);
  const std::string target(location);
  const CURLUcode code = curl_url_set(url.get(), CURLUPART_URL, target.c_str(), CURLU_URLENCODE);
  if (code != CURLUE_OK && code != CURLUE_UNSUPPORTED_SCHEME)
    return Error{ErrorKind::Input, "redirected to something that is no URL"};
  auto next = code == CURLUE_OK ? take_apart(url) : Error{};
  if (!next || (base.scheme == "https" && next->scheme != "https"))
    return Error{ErrorKind::Network, "redirected to another protocol, which is not followed"};
  return next;
}

Result<Url> with_host(const Url& url, const std::string& host) {
  const Handle changed(curl_url());
  curl_url_set(changed.get(), CURLUPART_URL, url.text.c_str(), 0);
  const CURLUcode code = curl_url_set(changed.get(), CURLUPART_HOST, host.c_str(), 0);
  if (code != CURLUE_OK) return not_valid(code);
  return take_apart(changed);
}

bool may_share_credentials(const Url& first, const Url& next) {
  if (first.host != next.host) return false;
  if (first.scheme == next.scheme) return first.port == next.port;
  return first.is_default_port() && next.is_default_port();
}

}  // namespace agent::net
