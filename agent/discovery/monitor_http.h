#pragma once
// The HTTP keys of monitors, in camel case and with references to secrets. Spec:
// metrics.md 8.2, 8.6.
#include <string>

#include "agent/config/reader.h"
#include "agent/model/http_client_config.h"

namespace agent::discovery {

/// Where {name, key} leads without Kubernetes: secrets_dir/NAMESPACE/NAME/KEY, else
/// secrets_dir/NAME/KEY.
struct SecretStore {
  std::string folder;
  std::string name_space;
  /// The file of a reference; the first form unless only the second exists.
  std::string path_of(const std::string& name, const std::string& key) const;
};

void read_monitor_tls(config::Reader& in, const SecretStore& secrets, model::TlsConfig& tls);
void read_monitor_authorization(config::Reader& in, const SecretStore& secrets,
                                model::HttpClientConfig& http);
/// proxyUrl, noProxy, proxyFromEnvironment, proxyConnectHeader.
void read_monitor_proxy(config::Reader& in, const SecretStore& secrets, model::ProxyConfig& proxy);
/// At most one of authorization, basicAuth, oauth2 and bearerTokenSecret.
void read_monitor_credentials(config::Reader& in, const SecretStore& secrets,
                              model::HttpClientConfig& http);
/// All of these, followRedirects and enableHttp2.
void read_monitor_http(config::Reader& in, const SecretStore& secrets,
                       model::HttpClientConfig& http);

}  // namespace agent::discovery
