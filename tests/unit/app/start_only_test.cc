#include "agent/app/start_only.h"

#include <functional>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace agent::app {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

struct Both {
  ServerConfig server;
  pipeline::AgentConfig agent;
};

LoadedConfig loaded(const std::function<void(Both&)>& change = nullptr) {
  Both both;
  both.agent.traces.listeners = {{{"127.0.0.1", 4317}, 100}, {{"127.0.0.1", 4318}, 100}};
  if (change) change(both);
  return {both.server, std::make_shared<const pipeline::AgentConfig>(both.agent)};
}

TEST(StartOnly, NamesTheKeysThatAReloadCannotFollow) {
  const struct {
    const char* key;
    std::function<void(Both&)> change;
  } cases[] = {
      {"server.listen_address", [](Both& both) { both.server.listen.port = 1; }},
      {"server.enable_lifecycle", [](Both& both) { both.server.enable_lifecycle = true; }},
      {"server.log_level", [](Both& both) { both.server.log_level = LogLevel::Debug; }},
      {"server.log_format", [](Both& both) { both.server.log_format = LogFormat::Json; }},
      {"state_dir", [](Both& both) { both.agent.state_dir = "/elsewhere"; }},
      {"logs.positions", [](Both& both) { both.agent.logs.positions.filename = "/p"; }},
      {"traces.receivers.otlp.protocols.grpc.max_concurrent_streams",
       [](Both& both) { both.agent.traces.listeners[0].max_concurrent_streams = 7; }},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.key);
    EXPECT_THAT(changed_until_restart(loaded(), loaded(c.change)), ElementsAre(c.key));
  }
}

TEST(StartOnly, NamesTheKeysThatAPromtailFileHas) {
  using Style = admin::PageOptions::Style;
  const struct {
    const char* key;
    std::function<void(Both&)> change;
  } cases[] = {
      {"server.http_listen_address", [](Both& both) { both.server.listen.host = "h"; }},
      {"server.http_listen_port", [](Both& both) { both.server.listen.port = 1; }},
      {"server.disable", [](Both& both) { both.server.enabled = false; }},
      {"server.enable_runtime_reload", [](Both& both) { both.server.enable_lifecycle = true; }},
      {"positions", [](Both& both) { both.agent.logs.positions.filename = "/p"; }},
  };
  const auto promtail = [](Both& both) { both.server.pages.style = Style::Promtail; };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.key);
    const auto changed = [&](Both& both) {
      promtail(both);
      c.change(both);
    };
    EXPECT_THAT(changed_until_restart(loaded(promtail), loaded(changed)), ElementsAre(c.key));
  }
}

TEST(StartOnly, WhatAReloadFollowsIsNotNamed) {
  EXPECT_THAT(changed_until_restart(loaded(), loaded()), IsEmpty());
  const auto moved = loaded([](Both& both) {
    both.agent.shutdown_timeout = std::chrono::seconds(3);
    both.agent.traces.listeners = {{{"127.0.0.1", 9}, 5}};
  });
  EXPECT_THAT(changed_until_restart(loaded(), moved), IsEmpty());
}

}  // namespace
}  // namespace agent::app
