#include "agent/net/http_client_config.h"

#include "agent/base/strings.h"
#include "agent/net/secret_keys.h"
#include "agent/net/tls_versions.h"
#include "agent/net/url.h"

namespace agent::net {
namespace {

using Auth = model::HttpClientConfig::Auth;

bool is_header_name(std::string_view name) {
  constexpr std::string_view kToken =
      "!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
  return !name.empty() && name.find_first_not_of(kToken) == std::string_view::npos;
}

void read_basic_auth(config::Reader& parent, model::HttpClientConfig& out) {
  config::Reader reader(parent.child("basic_auth"), config::Keys::Strict, parent.report(),
                        parent.path_of("basic_auth"));
  const model::Secret user = secret_keys(reader, "username");
  out.basic.username = user.value;
  out.basic.username_file = user.file;
  out.basic.password = secret_keys(reader, "password");
  out.auth = Auth::Basic;
  // What is wrong is in the report already, here and below.
  (void)reader.finish();
}

void read_authorization(config::Reader& parent, model::HttpClientConfig& out) {
  config::Reader reader(parent.child("authorization"), config::Keys::Strict, parent.report(),
                        parent.path_of("authorization"));
  out.authorization_type = reader.string("type", "Bearer");
  if (trim(out.authorization_type).empty()) out.authorization_type = "Bearer";
  if (equals_ignoring_case(trim(out.authorization_type), "basic"))
    reader.error("type", "type basic does not go here; use basic_auth");
  out.credentials = secret_keys(reader, "credentials");
  // Prometheus sends nothing where there are no credentials.
  out.auth = out.credentials.empty() ? Auth::None : Auth::Bearer;
  (void)reader.finish();
}

void read_tls(config::Reader& parent, model::TlsConfig& out) {
  config::Reader reader(parent.child("tls_config"), config::Keys::Strict, parent.report(),
                        parent.path_of("tls_config"));
  const model::Secret ca = secret_keys(reader, "ca");
  out.ca = ca.value;
  out.ca_file = ca.file;
  const model::Secret cert = secret_keys(reader, "cert");
  out.cert = cert.value;
  out.cert_file = cert.file;
  out.key = secret_keys(reader, "key");
  if (!cert.empty() && out.key.empty()) reader.error("", "cert needs key or key_file");
  if (cert.empty() && !out.key.empty()) reader.error("", "key needs cert or cert_file");
  out.server_name = reader.string("server_name");
  out.insecure_skip_verify = reader.boolean("insecure_skip_verify", false);
  read_tls_versions(reader, out.min_version, out.max_version);
  (void)reader.finish();
}

// As Reader::strings, whose words would show what stands there instead of a list.
std::vector<model::Secret> secret_list(config::Reader& reader, const std::string& key) {
  std::vector<model::Secret> out;
  const config::Node node = reader.child(key);
  if (node.is_scalar() && !node.is_empty()) {
    reader.error(key, "a list is asked here");
    return out;
  }
  for (std::string& secret : reader.strings(key))
    out.push_back({std::move(secret), {}});
  return out;
}

void read_connect_headers(config::Reader& parent, model::ProxyConfig& out) {
  config::Reader reader(parent.child("proxy_connect_header"), config::Keys::Strict, parent.report(),
                        parent.path_of("proxy_connect_header"));
  for (const auto& [key, value] : reader.node().entries()) {
    const std::string name(key.text());
    if (!is_header_name(name)) reader.error(name, "this is not the name of a header");
    model::HttpHeader header;
    header.name = name;
    header.secrets = secret_list(reader, name);
    out.connect_headers.push_back(std::move(header));
  }
  (void)reader.finish();
}

void read_proxy(config::Reader& reader, model::ProxyConfig& out) {
  out.url = reader.string("proxy_url");
  out.no_proxy = reader.string("no_proxy");
  out.from_environment = reader.boolean("proxy_from_environment", false);
  bool known_scheme = out.url.empty();
  for (const std::string_view scheme : {"http://", "https://", "socks5://", "socks5h://"})
    known_scheme = known_scheme || to_lower(out.url).starts_with(scheme);
  if (!known_scheme)
    reader.error("proxy_url",
                 "a URL that starts with http://, https:// or socks5:// is asked here");
  if (!out.url.empty() && out.from_environment)
    reader.error("proxy_from_environment", "give proxy_url or proxy_from_environment, not both");
  if (!out.no_proxy.empty() && out.url.empty())
    reader.error("no_proxy", "no_proxy needs proxy_url");
  read_connect_headers(reader, out);
  if (!out.connect_headers.empty() && out.url.empty() && !out.from_environment)
    reader.error("proxy_connect_header",
                 "proxy_connect_header needs proxy_url or proxy_from_environment");
}

void read_grant_type(config::Reader& reader) {
  const std::string grant = reader.string("grant_type", "client_credentials");
  if (grant.empty() || grant == "client_credentials") return;
  reader.error("grant_type", "only client_credentials is supported");
  for (const char* key :
       {"client_certificate_key", "client_certificate_key_file", "client_certificate_key_id",
        "signature_algorithm", "iss", "audience", "claims"})
    reader.accept(key);
}

void read_oauth2(config::Reader& parent, model::HttpClientConfig& out) {
  config::Reader reader(parent.child("oauth2"), config::Keys::Strict, parent.report(),
                        parent.path_of("oauth2"));
  model::OAuth2Config& oauth2 = out.oauth2;
  oauth2.client_id = reader.required_string("client_id");
  oauth2.client_secret = secret_keys(reader, "client_secret");
  oauth2.token_url = reader.required_string("token_url");
  if (!oauth2.token_url.empty() && !parse_url(oauth2.token_url))
    reader.error("token_url", "a URL that starts with http:// or https:// is asked here");
  oauth2.scopes = reader.strings("scopes");
  for (const auto& [name, value] : reader.map("endpoint_params"))
    oauth2.endpoint_params[std::string(name.text())] = value.text();
  if (!oauth2.scopes.empty() && oauth2.endpoint_params.contains("scope"))
    reader.error("endpoint_params", "the parameter scope is set by scopes already");
  read_grant_type(reader);
  read_tls(reader, oauth2.tls);
  read_proxy(reader, oauth2.proxy);
  out.auth = Auth::OAuth2;
  (void)reader.finish();
}

void read_auth(config::Reader& reader, model::HttpClientConfig& out) {
  const bool oauth2 = reader.has("oauth2");
  const bool basic = reader.has("basic_auth");
  const bool authorization = reader.has("authorization");
  const model::Secret bearer = secret_keys(reader, "bearer_token");
  const int given =
      (basic ? 1 : 0) + (authorization ? 1 : 0) + (bearer.empty() ? 0 : 1) + (oauth2 ? 1 : 0);
  if (given > 1)
    reader.error(basic           ? "basic_auth"
                 : authorization ? "authorization"
                                 : "oauth2",
                 "give at most one of basic_auth, authorization, oauth2 and bearer_token(_file)");
  if (!bearer.empty()) {
    out.auth = Auth::Bearer;
    out.credentials = bearer;
  }
  if (authorization) read_authorization(reader, out);
  if (basic) read_basic_auth(reader, out);
  if (oauth2) read_oauth2(reader, out);
}

bool is_our_header(std::string_view name) {
  for (const std::string_view ours :
       {"authorization", "host", "content-encoding", "content-length", "content-type", "user-agent",
        "connection", "keep-alive", "proxy-authenticate", "proxy-authorization", "www-authenticate",
        "accept-encoding", "x-prometheus-remote-write-version", "x-prometheus-remote-read-version",
        "x-prometheus-scrape-timeout-seconds", "x-amz-date", "x-amz-security-token",
        "x-amz-content-sha256"})
    if (equals_ignoring_case(name, ours)) return true;
  return false;
}

model::HttpHeader read_header(config::Reader& headers, const std::string& name,
                              const config::Node& value) {
  config::Reader reader(value, config::Keys::Strict, headers.report(), headers.path_of(name));
  if (!is_header_name(name)) headers.error(name, "this is not the name of a header");
  if (is_our_header(name)) headers.error(name, "this header is set by the agent itself");
  model::HttpHeader out;
  out.name = name;
  out.values = reader.strings("values");
  out.secrets = secret_list(reader, "secrets");
  for (const std::string& file : reader.strings("files"))
    out.secrets.push_back({{}, path_beside(value, file)});
  (void)reader.finish();
  return out;
}

void read_headers(config::Reader& parent, model::HttpClientConfig& out) {
  config::Reader reader(parent.child("http_headers"), config::Keys::Strict, parent.report(),
                        parent.path_of("http_headers"));
  for (const auto& [key, value] : reader.node().entries()) {
    const std::string name(key.text());
    reader.accept(name);
    out.headers.push_back(read_header(reader, name, value));
  }
  (void)reader.finish();
}

}  // namespace

model::HttpClientConfig read_http_client_config(config::Reader& reader,
                                                model::HttpClientConfig defaults) {
  model::HttpClientConfig out = std::move(defaults);
  read_auth(reader, out);
  read_tls(reader, out.tls);
  read_proxy(reader, out.proxy);
  out.follow_redirects = reader.boolean("follow_redirects", out.follow_redirects);
  out.enable_http2 = reader.boolean("enable_http2", out.enable_http2);
  read_headers(reader, out);
  return out;
}

}  // namespace agent::net
