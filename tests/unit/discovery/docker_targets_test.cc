#include "agent/discovery/docker_targets.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace agent::discovery {
namespace {

using ::testing::HasSubstr;

constexpr const char* kNetworks = R"([
 {"Id":"n1","Name":"shop","Scope":"local","Internal":false,"Ingress":true,"Labels":{"a.b":"c"}},
 {"Id":"n2","Name":"other","Scope":"swarm","Internal":true,"Labels":null}])";

std::string container(const std::string& id, const std::string& mode, const std::string& networks,
                      const std::string& ports = "[]") {
  return R"({"Id":")" + id + R"(","Names":["/)" + id +
         R"(","/alias"],"Image":"img:1",)"
         R"("ImageID":"sha256:9","Labels":{"com.docker/x":"y"},"HostConfig":{"NetworkMode":")" +
         mode + R"("},"Ports":)" + ports + R"(,"NetworkSettings":{"Networks":)" + networks + "}}";
}

std::vector<model::LabelSet> targets(const std::string& containers,
                                     model::DockerDiscovery engine = {}) {
  const auto group = docker_targets(engine, "[" + containers + "]", kNetworks);
  EXPECT_TRUE(group) << group.error().message;
  return group ? group->targets : std::vector<model::LabelSet>();
}

std::vector<std::string> addresses(const std::vector<model::LabelSet>& targets) {
  std::vector<std::string> out;
  for (const auto& target : targets)
    out.emplace_back(target.get("__address__"));
  return out;
}

constexpr const char* kShop = R"({"shop":{"NetworkID":"n1","IPAddress":"10.0.0.2"}})";
constexpr const char* kBoth = R"({"zoo":{"NetworkID":"n2","IPAddress":"10.1.0.2"},)"
                              R"("shop":{"NetworkID":"n1","IPAddress":"10.0.0.2"}})";
constexpr const char* kPorts =
    R"([{"PrivatePort":80,"PublicPort":8080,"IP":"0.0.0.0","Type":"tcp"},)"
    R"({"PrivatePort":53,"Type":"udp"},{"PrivatePort":443,"Type":"tcp"}])";

TEST(DockerTargets, HaveAllThatIsKnown) {
  const auto found = targets(container("c1", "shop", kShop, kPorts));
  ASSERT_EQ(found.size(), 2U);
  const model::LabelSet wanted{{"__address__", "10.0.0.2:80"},
                               {"__meta_docker_container_id", "c1"},
                               {"__meta_docker_container_image", "img:1"},
                               {"__meta_docker_container_image_id", "sha256:9"},
                               {"__meta_docker_container_label_com_docker_x", "y"},
                               {"__meta_docker_container_name", "/c1"},
                               {"__meta_docker_container_network_mode", "shop"},
                               {"__meta_docker_network_id", "n1"},
                               {"__meta_docker_network_ingress", "true"},
                               {"__meta_docker_network_internal", "false"},
                               {"__meta_docker_network_ip", "10.0.0.2"},
                               {"__meta_docker_network_label_a_b", "c"},
                               {"__meta_docker_network_name", "shop"},
                               {"__meta_docker_network_scope", "local"},
                               {"__meta_docker_port_private", "80"},
                               {"__meta_docker_port_public", "8080"},
                               {"__meta_docker_port_public_ip", "0.0.0.0"}};
  EXPECT_EQ(found[0], wanted);
  EXPECT_EQ(found[1].get("__address__"), "10.0.0.2:443");
  EXPECT_FALSE(found[1].has("__meta_docker_port_public"));
}

TEST(DockerTargets, AreOnePerNetworkAndPort) {
  model::DockerDiscovery all;
  all.match_first_network = false;
  all.port = 9100;
  all.host_networking_host = "node";
  const struct {
    const char* name;
    std::string containers;
    model::DockerDiscovery engine;
    std::vector<std::string> addresses;
  } cases[] = {
      {"no port", container("a", "shop", kShop), {}, {"10.0.0.2:80"}},
      {"no TCP port",
       container("a", "shop", kShop, R"([{"PrivatePort":53,"Type":"udp"}])"),
       all,
       {"10.0.0.2:9100"}},
      {"the first network by name", container("a", "x", kBoth), {}, {"10.0.0.2:80"}},
      {"all networks",
       container("a", "x", kBoth, kPorts),
       all,
       {"10.0.0.2:80", "10.0.0.2:443", "10.1.0.2:80", "10.1.0.2:443"}},
      {"the network of the host",
       container("a", "host", R"({"host":{"NetworkID":"h","IPAddress":""}})"),
       all,
       {"node"}},
      {"a shared network",
       container("b", "container:a", "{}") + "," + container("a", "x", kShop),
       {},
       {"10.0.0.2:80", "10.0.0.2:80"}},
      {"a loop of shared networks",
       container("b", "container:a", "{}") + "," + container("a", "container:b", "{}"),
       {},
       {}},
      {"shared with nobody", container("b", "container:gone", "{}"), {}, {}},
      {"an IPv6 network",
       container("a", "x", R"({"n":{"IPAddress":"fd00::2"}})"),
       {},
       {"[fd00::2]:80"}},
      {"nonsense", R"({}, 1, null, {"Id":5,"NetworkSettings":[],"Ports":{}})", {}, {}},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    EXPECT_EQ(addresses(targets(c.containers, c.engine)), c.addresses);
  }
}

TEST(DockerTargets, RefusesWhatIsNoAnswerOfAnEngine) {
  for (const auto& [containers, networks] : {std::pair("{", "[]"), std::pair("{}", "[]"),
                                             std::pair("[]", "null"), std::pair("", "[]")}) {
    SCOPED_TRACE(std::string(containers) + networks);
    const auto group = docker_targets({}, containers, networks);
    ASSERT_FALSE(group);
    EXPECT_EQ(group.error().kind, ErrorKind::Input);
  }
  EXPECT_THAT(docker_targets({}, "[]", "{}").error().message, HasSubstr("networks"));
}

TEST(DockerTargets, AskWithFilters) {
  model::DockerDiscovery engine;
  EXPECT_EQ(docker_containers_path(engine), "/containers/json");
  engine.filters = {{"label", {"a=b", "c"}}, {"name", {"x"}}};
  EXPECT_EQ(docker_containers_path(engine),
            "/containers/json?filters=%7B%22label%22%3A%5B%22a%3Db%22%2C%22c%22%5D%2C%22name%22%3A"
            "%5B%22x%22%5D%7D");
}

}  // namespace
}  // namespace agent::discovery
