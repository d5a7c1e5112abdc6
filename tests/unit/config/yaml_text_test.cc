#include "agent/config/yaml_text.h"

#include <gtest/gtest.h>

namespace agent::config {
namespace {

TEST(MaskedYaml, WritesBlocksAndMasksSecrets) {
  const struct {
    const char *name, *yaml, *text;
  } cases[] = {
      {"nested", "{a: {b: [1, {c: d, e: f}], g: []}, h: {}, i: }",
       "a:\n  b:\n    - 1\n    - c: d\n      e: f\n  g: []\nh: {}\ni: null\n"},
      {"list of lists", "[[1, 2], [3]]", "- - 1\n  - 2\n- - 3\n"},
      {"quotes where they are needed", "{a: 'x: y', b: '12', c: \"l\\nm\", d: '', e: 'it #1'}",
       "a: \"x: y\"\nb: \"12\"\nc: \"l\\nm\"\nd: \"\"\ne: \"it #1\"\n"},
      {"secrets", "{basic_auth: {username: u, password: p, password_file: /f}, bearer_token: t}",
       "basic_auth:\n  username: u\n  password: <secret>\n  password_file: /f\n"
       "bearer_token: <secret>\n"},
      {"the key of a client certificate only",
       "{tls_config: {key: PEM, key_file: k}, matches: {key: x}}",
       "tls_config:\n  key: <secret>\n  key_file: k\nmatches:\n  key: x\n"},
      {"headers that authenticate", "headers: {X-Api-Key: k, X-Zone: z, Authorization: a}",
       "headers:\n  X-Api-Key: <secret>\n  X-Zone: z\n  Authorization: <secret>\n"},
      {"lists of secrets", "http_headers: {X: {values: [a], secrets: [s, t], files: [f]}}",
       "http_headers:\n  X:\n    values:\n      - a\n    secrets:\n      - <secret>\n"
       "      - <secret>\n    files:\n      - f\n"},
      {"user info", "url: http://me:pw@loki:3100/loki/api/v1/push?x=a@b",
       "url: \"http://<secret>@loki:3100/loki/api/v1/push?x=a@b\"\n"},
      {"oauth2",
       "oauth2: {client_id: i, client_secret: s, token_url: http://a/t, endpoint_params: "
       "{client_assertion: a, password: p, resource: r}}",
       "oauth2:\n  client_id: i\n  client_secret: <secret>\n  token_url: http://a/t\n"
       "  endpoint_params:\n    client_assertion: <secret>\n    password: <secret>\n    resource: "
       "r\n"},
      {"headers for a proxy", "proxy_connect_header: {X-Zone: [a, b]}",
       "proxy_connect_header:\n  X-Zone:\n    - <secret>\n    - <secret>\n"},
      {"stages hold no secrets", "pipeline_stages: [{json: {expressions: {token: a}}}]",
       "pipeline_stages:\n  - json:\n      expressions:\n        token: a\n"},
      {"nothing", "", "null\n"},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    const auto node = parse(c.yaml);
    ASSERT_TRUE(node) << node.error().message;
    EXPECT_EQ(masked_yaml(*node), c.text);
  }
}

TEST(MaskedYaml, ReadsBackAsTheSame) {
  for (const char* yaml : {"a: '- x'", "a: '? x'", "a: '{{ .V }}'", "a: \"tab\\there\"", "'a:': b",
                           "a: 'x:'", "a: '%Y'", "a: ' lead'", "a: '~'", "a: 'null'", "a: '0644'",
                           "a: yes", "a: 'yes'", "- - - x", "[{a: [{b: c}]}]"}) {
    SCOPED_TRACE(yaml);
    const auto node = parse(yaml);
    ASSERT_TRUE(node);
    const auto again = parse(masked_yaml(*node));
    ASSERT_TRUE(again) << masked_yaml(*node);
    EXPECT_EQ(canonical_text(*again), canonical_text(*node));
  }
}

}  // namespace
}  // namespace agent::config
