#include <gtest/gtest.h>

#include "agent/loop/tcp.h"

namespace agent::loop {

TEST(HostPort, ReadsWhatUsersWrite) {
  const struct {
    const char *name, *text;
    std::uint16_t default_port;
    const char* host;
    std::uint16_t port;
  } cases[] = {
      {"IPv4", "127.0.0.1:4317", 0, "127.0.0.1", 4317},
      {"IPv6 in brackets", "[::1]:80", 0, "::1", 80},
      {"all addresses", ":9080", 0, "", 9080},
      {"a name", "tempo.monitoring:4317", 0, "tempo.monitoring", 4317},
      {"a name with an underscore", "shop_db:1", 0, "shop_db", 1},
      {"the default port", "tempo", 4317, "tempo", 4317},
      {"its own port wins", "tempo:1", 4317, "tempo", 1},
      {"brackets and the default port", "[::1]", 4317, "::1", 4317},
      {"bare IPv6 and the default port", "fe80::1", 4317, "fe80::1", 4317},
      {"port 0 when it is written", "127.0.0.1:0", 0, "127.0.0.1", 0},
      {"the highest port", "a:65535", 0, "a", 65535},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    const auto parsed = parse_host_port(c.text, c.default_port);
    ASSERT_TRUE(parsed) << parsed.error().message;
    EXPECT_EQ(parsed->host, c.host);
    EXPECT_EQ(parsed->port, c.port);
  }
}

TEST(HostPort, RefusesTheRestByName) {
  const struct {
    const char *name, *text, *why;
  } cases[] = {
      {"nothing", "", "empty"},
      {"no port", "tempo", "port is missing"},
      {"an empty port", "tempo:", "65535"},
      {"a port past the highest", "tempo:65536", "65535"},
      {"a negative port", "tempo:-1", "65535"},
      {"letters behind the port", "tempo:80a", "65535"},
      {"a URL", "http://tempo:80", "brackets"},
      {"a path", "tempo/x:80", "letters"},
      {"a blank", "tem po:80", "letters"},
      {"an open bracket", "[::1:80", "']'"},
      {"no address in the brackets", "[tempo]:80", "IPv6"},
      {"text behind the brackets", "[::1]80", "65535"},
      {"bare IPv6 without a default", "::1", "brackets"},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    const auto parsed = parse_host_port(c.text);
    ASSERT_FALSE(parsed);
    EXPECT_EQ(parsed.error().kind, ErrorKind::Config);
    EXPECT_NE(parsed.error().message.find(c.why), std::string::npos) << parsed.error().message;
  }
}

TEST(HostPort, PrintsWhatItReads) {
  for (const char* text : {"127.0.0.1:1", "[::1]:80", ":9080", "tempo:4317"})
    EXPECT_EQ(to_string(*parse_host_port(text)), text);
}

}  // namespace agent::loop
