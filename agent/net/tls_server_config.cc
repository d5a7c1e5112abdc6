#include "agent/net/tls_server_config.h"

#include <string_view>

#include "agent/net/secret_keys.h"
#include "agent/net/tls_versions.h"

namespace agent::net {
namespace {

using ClientAuth = TlsServerConfig::ClientAuth;

struct AuthName {
  std::string_view name;
  ClientAuth auth;
};
constexpr AuthName kAuthNames[] = {
    {"NoClientCert", ClientAuth::None},
    {"RequestClientCert", ClientAuth::Request},
    {"RequireAnyClientCert", ClientAuth::RequireAny},
    {"RequireClientCert", ClientAuth::RequireAny},
    {"VerifyClientCertIfGiven", ClientAuth::VerifyIfGiven},
    {"RequireAndVerifyClientCert", ClientAuth::RequireAndVerify},
};

ClientAuth read_client_auth(config::Reader& in) {
  const std::string name = in.string("client_auth_type", "NoClientCert");
  for (const AuthName& each : kAuthNames)
    if (name == each.name) return each.auth;
  in.error("client_auth_type",
           "NoClientCert, RequestClientCert, RequireAnyClientCert, VerifyClientCertIfGiven or "
           "RequireAndVerifyClientCert is asked here");
  return ClientAuth::None;
}

}  // namespace

TlsServerConfig read_tls_server_config(config::Reader& in) {
  TlsServerConfig out;
  out.cert = secret_keys(in, "cert");
  out.key = secret_keys(in, "key");
  out.client_ca = secret_keys(in, "client_ca");
  if (out.cert.empty() || out.key.empty())
    in.error("", "a certificate is needed: cert_file and key_file");
  out.client_auth = read_client_auth(in);
  const bool verifies = out.client_auth == ClientAuth::VerifyIfGiven ||
                        out.client_auth == ClientAuth::RequireAndVerify;
  if (verifies && out.client_ca.empty()) in.error("client_auth_type", "this needs client_ca_file");
  if (!out.client_ca.empty() && out.client_auth == ClientAuth::None)
    in.error("client_ca_file", "this has no effect without client_auth_type");
  read_tls_versions(in, out.min_version, out.max_version);
  in.refuse("client_allowed_sans", "client_allowed_sans is not supported yet");
  for (const char* key : {"cipher_suites", "curve_preferences", "prefer_server_cipher_suites"})
    if (in.has(key)) in.warning(key, "OpenSSL's choice is kept");
  return out;
}

}  // namespace agent::net
