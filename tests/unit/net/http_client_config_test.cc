#include "agent/net/http_client_config.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace agent::net {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using Auth = model::HttpClientConfig::Auth;

struct Read {
  model::HttpClientConfig config;
  std::vector<std::string> problems;
};

Read read(const std::string& yaml, const std::string& file = "/etc/dunlin/dunlin.yaml") {
  const auto node = config::parse(yaml, file);
  EXPECT_TRUE(node) << yaml;
  config::Report report;
  config::Reader reader(*node, config::Keys::Strict, report, "clients[0]");
  Read out{read_http_client_config(reader), {}};
  (void)reader.finish();
  for (const auto& problem : report.problems())
    out.problems.push_back(to_string(problem));
  return out;
}

TEST(HttpClientConfig, HasThePeersDefaults) {
  for (const char* yaml : {"{}", "{basic_auth: , tls_config: , http_headers: }"}) {
    SCOPED_TRACE(yaml);
    const Read result = read(yaml);
    EXPECT_THAT(result.problems, IsEmpty());
    EXPECT_EQ(result.config.auth, Auth::None);
    EXPECT_TRUE(result.config.follow_redirects);
    EXPECT_TRUE(result.config.enable_http2);
    EXPECT_FALSE(result.config.proxy.from_environment);
  }
}

TEST(HttpClientConfig, TheCallerChoosesWhatAbsentKeysMean) {
  config::Report report;
  config::Reader reader(*config::parse("{}"), config::Keys::Strict, report);
  model::HttpClientConfig defaults;
  defaults.enable_http2 = false;
  EXPECT_FALSE(read_http_client_config(reader, defaults).enable_http2);
}

TEST(HttpClientConfig, ReadsEveryKey) {
  const Read result = read(R"(
basic_auth: {username: ann, password_file: secrets/pass}
tls_config:
  ca_file: /ca.pem
  cert: CERT
  key_file: ../key.pem
  server_name: tempo
  insecure_skip_verify: true
  min_version: TLS12
  max_version: TLS13
proxy_url: http://proxy:3128
no_proxy: localhost
follow_redirects: false
enable_http2: false
http_headers:
  X-Team: {values: [a, b], secrets: [s], files: [f]}
)");
  EXPECT_THAT(result.problems, IsEmpty());
  const auto& config = result.config;
  EXPECT_EQ(config.auth, Auth::Basic);
  EXPECT_EQ(config.basic.username, "ann");
  EXPECT_EQ(config.basic.password.file, "/etc/dunlin/secrets/pass");
  EXPECT_EQ(config.tls.ca_file, "/ca.pem");
  EXPECT_EQ(config.tls.cert, "CERT");
  EXPECT_EQ(config.tls.key.file, "/etc/key.pem");
  EXPECT_EQ(config.tls.server_name, "tempo");
  EXPECT_TRUE(config.tls.insecure_skip_verify);
  EXPECT_EQ(config.tls.min_version, "TLS12");
  EXPECT_EQ(config.tls.max_version, "TLS13");
  EXPECT_EQ(config.proxy.url, "http://proxy:3128");
  EXPECT_EQ(config.proxy.no_proxy, "localhost");
  EXPECT_FALSE(config.follow_redirects);
  EXPECT_FALSE(config.enable_http2);
  ASSERT_EQ(config.headers.size(), 1U);
  EXPECT_EQ(config.headers[0].name, "X-Team");
  EXPECT_THAT(config.headers[0].values, ElementsAre("a", "b"));
  ASSERT_EQ(config.headers[0].secrets.size(), 2U);
  EXPECT_EQ(config.headers[0].secrets[0].value, "s");
  EXPECT_EQ(config.headers[0].secrets[1].file, "/etc/dunlin/f");
}

TEST(HttpClientConfig, ReadsTokens) {
  const struct {
    const char* yaml;
    Auth auth;
    const char* type;
    model::Secret secret;
  } cases[] = {
      {"authorization: {credentials: t}", Auth::Bearer, "Bearer", {"t", ""}},
      {"authorization: {type: Api-Key, credentials_file: t}",
       Auth::Bearer,
       "Api-Key",
       {"", "/etc/dunlin/t"}},
      {"authorization: {}", Auth::None, "Bearer", {}},
      {"bearer_token: t", Auth::Bearer, "Bearer", {"t", ""}},
      {"bearer_token_file: /run/t", Auth::Bearer, "Bearer", {"", "/run/t"}},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.yaml);
    const Read result = read(c.yaml);
    EXPECT_THAT(result.problems, IsEmpty());
    EXPECT_EQ(result.config.auth, c.auth);
    EXPECT_EQ(result.config.authorization_type, c.type);
    EXPECT_EQ(result.config.credentials.value, c.secret.value);
    EXPECT_EQ(result.config.credentials.file, c.secret.file);
  }
}

TEST(HttpClientConfig, ReadsOAuth2) {
  const Read result = read(R"(
oauth2:
  client_id: me
  client_secret_file: secrets/oauth
  token_url: https://login.example/token
  scopes: [a, b]
  endpoint_params: {audience: mimir}
  grant_type: client_credentials
  tls_config: {ca_file: ca.pem}
  proxy_url: http://proxy:3128
  proxy_connect_header: {X-Zone: [z]}
tls_config: {ca_file: other.pem}
)");
  EXPECT_THAT(result.problems, IsEmpty());
  EXPECT_EQ(result.config.auth, Auth::OAuth2);
  const auto& oauth2 = result.config.oauth2;
  EXPECT_EQ(oauth2.client_id, "me");
  EXPECT_EQ(oauth2.client_secret.file, "/etc/dunlin/secrets/oauth");
  EXPECT_EQ(oauth2.token_url, "https://login.example/token");
  EXPECT_THAT(oauth2.scopes, ElementsAre("a", "b"));
  EXPECT_EQ(oauth2.endpoint_params.at("audience"), "mimir");
  EXPECT_EQ(oauth2.tls.ca_file, "/etc/dunlin/ca.pem");
  EXPECT_EQ(oauth2.proxy.url, "http://proxy:3128");
  ASSERT_EQ(oauth2.proxy.connect_headers.size(), 1U);
  EXPECT_EQ(oauth2.proxy.connect_headers[0].name, "X-Zone");
  EXPECT_EQ(oauth2.proxy.connect_headers[0].secrets[0].value, "z");
  EXPECT_EQ(result.config.tls.ca_file, "/etc/dunlin/other.pem");
  EXPECT_EQ(result.config.proxy.url, "");
}

TEST(HttpClientConfig, NamesWhatIsWrong) {
  const struct {
    const char* yaml;
    const char* problem;
  } cases[] = {
      {"{basic_auth: {username: a}, bearer_token: marker}",
       "clients[0].basic_auth: give at most one"},
      {"{authorization: {credentials: marker}, bearer_token_file: f}", "at most one"},
      {"{authorization: {credentials: marker}, basic_auth: {username: a}}", "at most one"},
      {"basic_auth: {password: marker, password_file: f}",
       "basic_auth.password_file: give password"},
      {"basic_auth: {username: marker, username_file: f}", "not both"},
      {"authorization: {credentials: marker, credentials_file: f}", "not both"},
      {"authorization: {type: BASIC, credentials: marker}", "use basic_auth"},
      {"{bearer_token: marker, bearer_token_file: f}", "not both"},
      {"oauth2: {client_id: a}", "clients[0].oauth2.token_url: this key is required"},
      {"oauth2: {token_url: 'http://a'}", "clients[0].oauth2.client_id: this key is required"},
      {"oauth2: {client_id: a, token_url: 'ftp://x:marker@b'}", "oauth2.token_url: a URL that"},
      {"oauth2: {client_id: a, token_url: 'http://a', client_secret: marker, client_secret_file: "
       "f}",
       "not both"},
      {"oauth2: {client_id: a, token_url: 'http://a', scopes: [b], endpoint_params: {scope: c}}",
       "scope is set by scopes"},
      {"oauth2: {client_id: a, token_url: 'http://a', grant_type: x, iss: marker}",
       "only client_credentials"},
      {"oauth2: {client_id: a, token_url: 'http://a', tls_config: {cert_file: f}}",
       "oauth2.tls_config: cert needs key"},
      {"oauth2: {client_id: a, token_url: 'http://a', no_proxy: b}", "no_proxy needs proxy_url"},
      {"oauth2: {client_id: a, token_url: 'http://a', basic_auth: {}}", "unknown key"},
      {"{oauth2: {client_id: a, token_url: 'http://a'}, bearer_token: marker}",
       "clients[0].oauth2: give at most one"},
      {"{oauth2: {client_id: a, token_url: 'http://a'}, basic_auth: {password: marker}}",
       "clients[0].basic_auth: give at most one"},
      {"proxy_connect_header: {A: [marker]}", "needs proxy_url or proxy_from_environment"},
      {"{proxy_url: 'http://p', proxy_connect_header: {A: marker}}", "a list"},
      {"{proxy_url: 'http://p', proxy_connect_header: {'A B': [marker]}}",
       "not the name of a header"},
      {"tls_config: {ca: marker, ca_file: f}", "not both"},
      {"tls_config: {cert: marker, cert_file: f, key: marker}", "not both"},
      {"tls_config: {cert_file: f}", "cert needs key"},
      {"tls_config: {key_file: f}", "key needs cert"},
      {"tls_config: {min_version: TLS9}", "tls_config.min_version: TLS10, TLS11"},
      {"tls_config: {max_version: 1.2}", "max_version"},
      {"tls_config: {max_version: TLS11}", "below min_version"},
      {"tls_config: {min_version: TLS13, max_version: TLS12}", "below min_version"},
      {"tls_config: {cafile: f}", "did you mean \"ca_file\"?"},
      {"no_proxy: a", "no_proxy needs proxy_url"},
      {"{proxy_url: 'http://p', proxy_from_environment: true}", "not both"},
      {"proxy_url: 'gopher://joe:marker@p'", "proxy_url: a URL that starts with"},
      {"http_headers: {Authorization: {secrets: [marker]}}", "set by the agent itself"},
      {"http_headers: {user-agent: {values: [marker]}}", "set by the agent itself"},
      {"http_headers: {'X Y': {values: [marker]}}", "not the name of a header"},
      {"http_headers: {X-A: {secrets: marker}}", "X-A.secrets: a list is asked here"},
      {"http_headers: {X-A: {value: marker}}", "unknown key; did you mean \"values\"?"},
      {"follow_redirects: maybe", "true or false"},
      {"basic_auth: {user: marker}", "unknown key"},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.yaml);
    const Read result = read(c.yaml);
    ASSERT_EQ(result.problems.size(), 1U) << ::testing::PrintToString(result.problems);
    EXPECT_THAT(result.problems[0], HasSubstr(c.problem));
    EXPECT_THAT(result.problems[0], HasSubstr("/etc/dunlin/dunlin.yaml:1:"));
    EXPECT_THAT(result.problems[0], Not(HasSubstr("marker")));
  }
}

}  // namespace
}  // namespace agent::net
