#include "agent/discovery/monitor_http.h"

#include <unistd.h>

#include "agent/base/strings.h"

namespace agent::discovery {
namespace {

// {name, key}, and `optional`, which says nothing here: a missing file fails the scrape.
std::string read_reference(config::Reader& in, std::string_view key, const SecretStore& secrets) {
  if (!in.has(key)) return {};
  config::Reader reference(in.child(key), config::Keys::Strict, in.report(), in.path_of(key));
  const std::string name = reference.required_string("name");
  const std::string entry = reference.required_string("key");
  reference.accept("optional");
  (void)reference.finish();  // what it finds is in the report
  return name.empty() || entry.empty() ? std::string() : secrets.path_of(name, entry);
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

void set_auth(config::Reader& in, std::string_view key, model::HttpClientConfig::Auth auth,
              model::HttpClientConfig& http) {
  if (http.auth != model::HttpClientConfig::Auth::None)
    in.error(key, "at most one of basicAuth, authorization, bearerTokenSecret and oauth2 is asked");
  http.auth = auth;
}

}  // namespace

std::string SecretStore::path_of(const std::string& name, const std::string& key) const {
  const std::string own = folder + "/" + name_space + "/" + name + "/" + key;
  const std::string shared = folder + "/" + name + "/" + key;
  const bool only_shared = ::access(own.c_str(), F_OK) != 0 && ::access(shared.c_str(), F_OK) == 0;
  return only_shared ? shared : own;
}

void read_monitor_tls(config::Reader& in, const SecretStore& secrets,
                      model::HttpClientConfig& http) {
  if (!in.has("tlsConfig")) return;
  config::Reader tls(in.child("tlsConfig"), config::Keys::Strict, in.report(),
                     in.path_of("tlsConfig"));
  http.tls.ca_file = read_either_reference(tls, "ca", secrets);
  http.tls.cert_file = read_either_reference(tls, "cert", secrets);
  http.tls.key.file = read_reference(tls, "keySecret", secrets);
  http.tls.server_name = tls.string("serverName");
  http.tls.insecure_skip_verify = tls.boolean("insecureSkipVerify", false);
  http.tls.min_version = tls.string("minVersion");
  http.tls.max_version = tls.string("maxVersion");
  for (const auto& [key, version] : {std::pair{"minVersion", http.tls.min_version},
                                     std::pair{"maxVersion", http.tls.max_version}})
    if (!version.empty() && version != "TLS10" && version != "TLS11" && version != "TLS12" &&
        version != "TLS13")
      tls.error(key, "TLS10, TLS11, TLS12 or TLS13 is asked here");
  if (!http.tls.cert_file.empty() && http.tls.key.empty())
    tls.error("cert", "a certificate needs keySecret");
  for (const char* key : {"caFile", "certFile", "keyFile"})
    tls.refuse(key, "files of the agent's host are not open to monitors; use a secret reference");
  (void)tls.finish();  // what it finds is in the report
}

void read_monitor_authorization(config::Reader& in, const SecretStore& secrets,
                                model::HttpClientConfig& http) {
  if (!in.has("authorization")) return;
  set_auth(in, "authorization", model::HttpClientConfig::Auth::Bearer, http);
  config::Reader authorization(in.child("authorization"), config::Keys::Strict, in.report(),
                               in.path_of("authorization"));
  http.authorization_type = authorization.string("type", "Bearer");
  if (equals_ignoring_case(http.authorization_type, "basic"))
    authorization.error("type", "use basicAuth for basic authentication");
  http.credentials.file = read_reference(authorization, "credentials", secrets);
  (void)authorization.finish();  // what it finds is in the report
}

void read_monitor_transport(config::Reader& in, model::HttpClientConfig& http) {
  http.follow_redirects = in.boolean("followRedirects", http.follow_redirects);
  // Both spellings are in use, by kind.
  http.enable_http2 = in.boolean("enableHttp2", http.enable_http2);
  http.enable_http2 = in.boolean("enableHTTP2", http.enable_http2);
  http.proxy_url = in.string("proxyUrl");
  http.no_proxy = in.string("noProxy");
  http.proxy_from_environment = in.boolean("proxyFromEnvironment", false);
  if (!http.no_proxy.empty() && http.proxy_url.empty())
    in.error("noProxy", "has no effect without proxyUrl");
  if (http.proxy_from_environment && !http.proxy_url.empty())
    in.error("proxyFromEnvironment", "proxyUrl and proxyFromEnvironment exclude each other");
  in.refuse("proxyConnectHeader", "is not supported yet");
}

void read_monitor_http(config::Reader& in, const SecretStore& secrets,
                       model::HttpClientConfig& http) {
  read_monitor_transport(in, http);
  read_monitor_tls(in, secrets, http);
  read_monitor_authorization(in, secrets, http);
  if (in.has("basicAuth")) {
    set_auth(in, "basicAuth", model::HttpClientConfig::Auth::Basic, http);
    config::Reader basic(in.child("basicAuth"), config::Keys::Strict, in.report(),
                         in.path_of("basicAuth"));
    http.basic.username_file = read_reference(basic, "username", secrets);
    http.basic.password.file = read_reference(basic, "password", secrets);
    (void)basic.finish();  // what it finds is in the report
  }
  if (in.has("bearerTokenSecret")) {
    // An empty reference is how clusters write "none".
    const config::Node reference = in.child("bearerTokenSecret");
    if (!reference.get("name").text().empty() || !reference.get("key").text().empty()) {
      set_auth(in, "bearerTokenSecret", model::HttpClientConfig::Auth::Bearer, http);
      http.credentials.file = read_reference(in, "bearerTokenSecret", secrets);
    }
  }
  in.refuse("bearerTokenFile",
            "files of the agent's host are not open to monitors; use bearerTokenSecret");
  in.refuse("oauth2", "is not supported yet; use authorization");
}

}  // namespace agent::discovery
