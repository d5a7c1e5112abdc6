#include "agent/discovery/monitor_http.h"

#include <unistd.h>

#include "agent/base/strings.h"
#include "agent/net/url.h"

namespace agent::discovery {
namespace {

using Auth = model::HttpClientConfig::Auth;

// {name, key}, and `optional`, which says nothing here: a missing file fails the scrape.
std::string read_file_of(config::Reader& reference, const SecretStore& secrets) {
  const std::string name = reference.required_string("name");
  const std::string entry = reference.required_string("key");
  reference.accept("optional");
  (void)reference.finish();  // what it finds is in the report
  return name.empty() || entry.empty() ? std::string() : secrets.path_of(name, entry);
}

std::string read_reference(config::Reader& in, std::string_view key, const SecretStore& secrets) {
  if (!in.has(key)) return {};
  config::Reader reference(in.child(key), config::Keys::Strict, in.report(), in.path_of(key));
  return read_file_of(reference, secrets);
}

// {secret: {name, key}} or {configMap: {name, key}}.
std::string read_either_reference(config::Reader& in, std::string_view key,
                                  const SecretStore& secrets) {
  if (!in.has(key)) return {};
  config::Reader either(in.child(key), config::Keys::Strict, in.report(), in.path_of(key));
  std::string secret = read_reference(either, "secret", secrets);
  std::string map = read_reference(either, "configMap", secrets);
  if (!secret.empty() && !map.empty()) in.error(key, "secret and configMap exclude each other");
  (void)either.finish();  // what it finds is in the report
  return secret.empty() ? map : secret;
}

void set_auth(config::Reader& in, std::string_view key, Auth auth, model::HttpClientConfig& http) {
  if (http.auth != Auth::None)
    in.error(key, "at most one of basicAuth, authorization, bearerTokenSecret and oauth2 is asked");
  http.auth = auth;
}

void read_basic_auth(config::Reader& in, const SecretStore& secrets,
                     model::HttpClientConfig& http) {
  if (!in.has("basicAuth")) return;
  set_auth(in, "basicAuth", Auth::Basic, http);
  config::Reader basic(in.child("basicAuth"), config::Keys::Strict, in.report(),
                       in.path_of("basicAuth"));
  http.basic.username_file = read_reference(basic, "username", secrets);
  http.basic.password.file = read_reference(basic, "password", secrets);
  (void)basic.finish();  // what it finds is in the report
}

void read_bearer_secret(config::Reader& in, const SecretStore& secrets,
                        model::HttpClientConfig& http) {
  // An empty reference is how clusters write "none".
  const config::Node reference = in.child("bearerTokenSecret");
  if (reference.get("name").text().empty() && reference.get("key").text().empty()) return;
  set_auth(in, "bearerTokenSecret", Auth::Bearer, http);
  http.credentials.file = read_reference(in, "bearerTokenSecret", secrets);
}

void read_oauth2(config::Reader& in, const SecretStore& secrets, model::HttpClientConfig& http) {
  if (!in.has("oauth2")) return;
  set_auth(in, "oauth2", Auth::OAuth2, http);
  config::Reader reader(in.child("oauth2"), config::Keys::Strict, in.report(),
                        in.path_of("oauth2"));
  model::OAuth2Config& out = http.oauth2;
  out.client_id_file = read_either_reference(reader, "clientId", secrets);
  if (!reader.has("clientId")) reader.error("clientId", "this key is required");
  out.client_secret.file = read_reference(reader, "clientSecret", secrets);
  out.token_url = reader.required_string("tokenUrl");
  if (!out.token_url.empty() && !net::parse_url(out.token_url))
    reader.error("tokenUrl", "a URL that starts with http:// or https:// is asked here");
  out.scopes = reader.strings("scopes");
  for (const auto& [name, value] : reader.map("endpointParams"))
    out.endpoint_params[std::string(name.text())] = value.text();
  read_monitor_tls(reader, secrets, out.tls);
  read_monitor_proxy(reader, secrets, out.proxy);
  (void)reader.finish();  // what it finds is in the report
}

// {Name: [{name, key}]}
void read_connect_headers(config::Reader& in, const SecretStore& secrets,
                          model::ProxyConfig& proxy) {
  config::Reader headers(in.child("proxyConnectHeader"), config::Keys::Strict, in.report(),
                         in.path_of("proxyConnectHeader"));
  for (const auto& [key, value] : headers.node().entries()) {
    model::HttpHeader header;
    header.name = key.text();
    const auto references = headers.list(header.name);
    for (std::size_t i = 0; i < references.size(); ++i) {
      config::Reader reference(references[i], config::Keys::Strict, in.report(),
                               headers.path_of(header.name) + "[" + std::to_string(i) + "]");
      header.secrets.push_back({"", read_file_of(reference, secrets)});
    }
    proxy.connect_headers.push_back(std::move(header));
  }
  (void)headers.finish();  // what it finds is in the report
}

}  // namespace

std::string SecretStore::path_of(const std::string& name, const std::string& key) const {
  const std::string own = folder + "/" + name_space + "/" + name + "/" + key;
  const std::string shared = folder + "/" + name + "/" + key;
  const bool only_shared = ::access(own.c_str(), F_OK) != 0 && ::access(shared.c_str(), F_OK) == 0;
  return only_shared ? shared : own;
}

void read_monitor_tls(config::Reader& in, const SecretStore& secrets, model::TlsConfig& out) {
  if (!in.has("tlsConfig")) return;
  config::Reader tls(in.child("tlsConfig"), config::Keys::Strict, in.report(),
                     in.path_of("tlsConfig"));
  out.ca_file = read_either_reference(tls, "ca", secrets);
  out.cert_file = read_either_reference(tls, "cert", secrets);
  out.key.file = read_reference(tls, "keySecret", secrets);
  out.server_name = tls.string("serverName");
  out.insecure_skip_verify = tls.boolean("insecureSkipVerify", false);
  out.min_version = tls.string("minVersion");
  out.max_version = tls.string("maxVersion");
  for (const auto& [key, version] :
       {std::pair{"minVersion", out.min_version}, std::pair{"maxVersion", out.max_version}})
    if (!version.empty() && version != "TLS10" && version != "TLS11" && version != "TLS12" &&
        version != "TLS13")
      tls.error(key, "TLS10, TLS11, TLS12 or TLS13 is asked here");
  if (!out.cert_file.empty() && out.key.empty()) tls.error("cert", "a certificate needs keySecret");
  for (const char* key : {"caFile", "certFile", "keyFile"})
    tls.refuse(key, "files of the agent's host are not open to monitors; use a secret reference");
  (void)tls.finish();  // what it finds is in the report
}

void read_monitor_authorization(config::Reader& in, const SecretStore& secrets,
                                model::HttpClientConfig& http) {
  if (!in.has("authorization")) return;
  set_auth(in, "authorization", Auth::Bearer, http);
  config::Reader authorization(in.child("authorization"), config::Keys::Strict, in.report(),
                               in.path_of("authorization"));
  http.authorization_type = authorization.string("type", "Bearer");
  if (equals_ignoring_case(http.authorization_type, "basic"))
    authorization.error("type", "use basicAuth for basic authentication");
  http.credentials.file = read_reference(authorization, "credentials", secrets);
  (void)authorization.finish();  // what it finds is in the report
}

void read_monitor_proxy(config::Reader& in, const SecretStore& secrets, model::ProxyConfig& proxy) {
  proxy.url = in.string("proxyUrl");
  proxy.no_proxy = in.string("noProxy");
  proxy.from_environment = in.boolean("proxyFromEnvironment", false);
  if (!proxy.no_proxy.empty() && proxy.url.empty())
    in.error("noProxy", "has no effect without proxyUrl");
  if (proxy.from_environment && !proxy.url.empty())
    in.error("proxyFromEnvironment", "proxyUrl and proxyFromEnvironment exclude each other");
  read_connect_headers(in, secrets, proxy);
}

void read_monitor_credentials(config::Reader& in, const SecretStore& secrets,
                              model::HttpClientConfig& http) {
  read_monitor_authorization(in, secrets, http);
  read_basic_auth(in, secrets, http);
  read_bearer_secret(in, secrets, http);
  read_oauth2(in, secrets, http);
}

void read_monitor_http(config::Reader& in, const SecretStore& secrets,
                       model::HttpClientConfig& http) {
  http.follow_redirects = in.boolean("followRedirects", http.follow_redirects);
  // Both spellings are in use, by kind.
  http.enable_http2 = in.boolean("enableHttp2", http.enable_http2);
  http.enable_http2 = in.boolean("enableHTTP2", http.enable_http2);
  read_monitor_proxy(in, secrets, http.proxy);
  read_monitor_tls(in, secrets, http.tls);
  read_monitor_credentials(in, secrets, http);
  in.refuse("bearerTokenFile",
            "files of the agent's host are not open to monitors; use bearerTokenSecret");
}

}  // namespace agent::discovery
