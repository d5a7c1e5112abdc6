#include "agent/net/oauth2_grant.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace agent::net {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;
using ::testing::Not;

model::OAuth2Config config_with(std::vector<std::string> scopes,
                                std::map<std::string, std::string> params) {
  model::OAuth2Config config;
  config.token_url = "https://login.example/token";
  config.scopes = std::move(scopes);
  config.endpoint_params = std::move(params);
  return config;
}

TEST(OAuth2Grant, WritesTheRequest) {
  const struct {
    const char* name;
    model::OAuth2Config config;
    ClientIdentity client;
    ClientProof proof;
    const char* authorization;
    const char* body;
  } cases[] = {
      {"in the header",
       config_with({"a", "b c"}, {}),
       {"me", "pw"},
       ClientProof::Header,
       "Basic bWU6cHc=",
       "grant_type=client_credentials&scope=a+b+c"},
      {"in the form",
       config_with({}, {}),
       {"me", "p&=w"},
       ClientProof::Form,
       nullptr,
       "client_id=me&client_secret=p%26%3Dw&grant_type=client_credentials"},
      {"without a secret",
       config_with({}, {}),
       {"me", ""},
       ClientProof::Form,
       nullptr,
       "client_id=me&grant_type=client_credentials"},
      {"the header's parts are form texts",
       config_with({}, {}),
       {"a:b", "\xc3\xbc /"},
       ClientProof::Header,
       "Basic YSUzQWI6JUMzJUJDKyUyRg==",
       "grant_type=client_credentials"},
      {"parameters",
       config_with({}, {{"audience", "https://x/"}, {"grant_type", "other"}}),
       {"me", "pw"},
       ClientProof::Header,
       "Basic bWU6cHc=",
       "audience=https%3A%2F%2Fx%2F&grant_type=other"},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    const ClientRequest request = make_token_request(c.config, c.client, c.proof);
    EXPECT_EQ(request.method, "POST");
    EXPECT_EQ(request.url, "https://login.example/token");
    EXPECT_EQ(request.headers.get("content-type"), "application/x-www-form-urlencoded");
    const auto authorization = request.headers.get("authorization");
    ASSERT_EQ(authorization.has_value(), c.authorization != nullptr);
    EXPECT_EQ(authorization.value_or("none"),
              c.authorization != nullptr ? c.authorization : "none");
    EXPECT_EQ(*request.body, c.body);
  }
}

TEST(OAuth2Grant, ReadsTokens) {
  const struct {
    const char *name, *body, *authorization;
    std::optional<Duration> lifetime;
  } cases[] = {
      {"all of it", R"({"access_token":"t","token_type":"bearer","expires_in":3600,"scope":"a"})",
       "Bearer t", 3600s},
      {"the least", R"( {"access_token": "t"}
)",
       "Bearer t", std::nullopt},
      {"another type", R"({"access_token":"t","token_type":"MAC"})", "MAC t", std::nullopt},
      {"seconds as a text", R"({"access_token":"t","expires_in":"60"})", "Bearer t", 60s},
      {"0 is no end", R"({"access_token":"t","expires_in":0})", "Bearer t", std::nullopt},
      {"nor is less", R"({"access_token":"t","expires_in":-5})", "Bearer t", std::nullopt},
      {"nor words", R"({"access_token":"t","expires_in":"soon"})", "Bearer t", std::nullopt},
      {"very long", R"({"access_token":"t","expires_in":1e300})", "Bearer t", 1'000'000'000s},
      {"null", R"({"access_token":"t","expires_in":null,"error":null})", "Bearer t", std::nullopt},
      {"a form", "access_token=a%2Bb&token_type=bearer&expires_in=5", "Bearer a+b", 5s},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    const auto token = read_token_answer({200, {}, c.body});
    ASSERT_TRUE(token) << token.error().message;
    EXPECT_EQ(token->authorization, c.authorization);
    EXPECT_EQ(token->lifetime, c.lifetime);
  }
}

TEST(OAuth2Grant, NamesWhatTheServerSaid) {
  const std::string long_words(5000, 'x');
  const struct {
    const char* name;
    int status;
    std::string body;
    ErrorKind kind;
    std::string message;
  } cases[] = {
      {"refused", 401, R"({"error":"invalid_client","error_description":"no such\nclient"})",
       ErrorKind::Rejected, "HTTP 401: invalid_client: no such client"},
      {"refused with 200", 200, R"({"error":"invalid_scope"})", ErrorKind::Rejected,
       "invalid_scope"},
      {"no JSON", 403, "<html>marker</html>", ErrorKind::Rejected, "HTTP 403"},
      {"moved", 302, "", ErrorKind::Rejected, "HTTP 302"},
      {"in trouble", 503, "", ErrorKind::Network, "HTTP 503"},
      {"too many", 429, "", ErrorKind::Network, "HTTP 429"},
      {"empty", 200, "", ErrorKind::Input, "the answer holds no access_token"},
      {"broken JSON", 200, R"({"access_token":"marker)", ErrorKind::Input,
       "the answer holds no access_token"},
      {"no text", 200, R"({"access_token":{"a":1}})", ErrorKind::Input,
       "the answer holds no access_token"},
      {"long", 400, R"({"error":")" + long_words + "\"}", ErrorKind::Rejected,
       "HTTP 400: " + long_words.substr(0, 200)},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    const auto token = read_token_answer({c.status, {}, c.body});
    ASSERT_FALSE(token);
    EXPECT_EQ(token.error().kind, c.kind);
    EXPECT_EQ(token.error().message, c.message);
    EXPECT_THAT(token.error().message, Not(HasSubstr("marker")));
  }
}

}  // namespace
}  // namespace agent::net
