#include "agent/logs/sources/docker_source.h"

#include <cstdio>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/scripted_server.h"
#include "tests/unit/logs/sources/source_harness.h"

namespace agent::logs {
namespace {

using namespace std::chrono_literals;
using agent::testing::ScriptedServer;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using Received = ScriptedServer::Received;
using Reply = ScriptedServer::Reply;

enum class Log { GoesOn, Ends };

// An answer of the engine with `content` in it so far.
Reply log_with(const std::string& content, Log log = Log::GoesOn) {
  char size[16];
  std::snprintf(size, sizeof(size), "%zx", content.size());
  std::string bytes = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n";
  if (!content.empty()) bytes += std::string(size) + "\r\n" + content + "\r\n";
  if (log == Log::Ends) bytes += "0\r\n\r\n";
  return {bytes, Reply::After::KeepOpen};
}

const std::string kAt = "2023-11-14T22:13:20.00000000";  // and a digit: 1700000000 s

std::string frame(int output, const std::string& content) {
  return std::string{static_cast<char>(output),
                     0,
                     0,
                     0,
                     0,
                     0,
                     static_cast<char>(content.size() >> 8U),
                     static_cast<char>(content.size() & 0xFFU)} +
         content;
}

// An engine that answers for every container what the test says.
class DockerSourceTest : public agent::testing::SourceHarness {
 protected:
  DockerSourceTest()
      : engine_(loop_, [this](const Received& received) {
          if (received.line().find("/json") == std::string::npos) return log_of_(received);
          return ScriptedServer::answer(
              inspect_status_,
              std::string(R"({"Id":"a","Config":{"Tty":)") + (terminal_ ? "true" : "false") + "}}");
        }) {}

  void follow(const std::string& rules = "") {
    start("docker_sd_configs: [{host: 'http://" + engine_.host_port() + "'}]\n" + rules,
          "docker_sd_configs");
    ASSERT_EQ(docker_.size(), 1U);
  }
  void list(const std::vector<std::string>& ids) {
    model::TargetGroup group;
    group.source = "docker/0";
    for (const auto& id : ids) {
      for (const char* port : {"80", "81"})
        group.targets.push_back({{"__meta_docker_container_id", id},
                                 {"__meta_docker_container_name", "/" + id + port},
                                 {"__address__", "10.0.0.1:" + std::string(port)}});
    }
    source_->set_groups({group});
  }
  // The requests for logs: their queries.
  std::vector<std::string> queries() const {
    std::vector<std::string> out;
    for (const auto& request : engine_.requests())
      if (const auto at = request.line().find("/logs?"); at != std::string::npos)
        out.push_back(request.line().substr(at, request.line().find(" HTTP") - at));
    return out;
  }

  int inspect_status_ = 200;
  bool terminal_ = false;
  std::function<Reply(const Received&)> log_of_ = [](const Received&) { return log_with(""); };
  ScriptedServer engine_;
};

constexpr const char* kRules =
    "relabel_configs: [{source_labels: [__meta_docker_container_name], target_label: container}, "
    "{source_labels: [__meta_docker_container_log_stream], target_label: stream}]";

TEST_F(DockerSourceTest, FollowsBothOutputs) {
  log_of_ = [](const Received&) {
    return log_with(frame(1, kAt + "1Z one\n") + frame(2, kAt + "2Z two\n"));
  };
  follow(kRules);
  list({"a"});
  ASSERT_TRUE(sees(2));
  EXPECT_THAT(sink_.lines(), ElementsAre("one", "two"));
  EXPECT_EQ(sink_.entries[0].labels,
            (model::LabelSet{{"container", "/a80"}, {"stream", "stdout"}}));
  EXPECT_EQ(sink_.entries[1].labels.get("stream"), "stderr");
  EXPECT_EQ(sink_.entries[1].time, Timestamp(1'700'000'000s) + 2ns);
  EXPECT_THAT(queries(), ElementsAre("/logs?follow=1&stdout=1&stderr=1&timestamps=1&since=0"));
  EXPECT_EQ(engine_.requests()[0].line(), "GET /containers/a/json HTTP/1.1");
  EXPECT_EQ(counted("docker_target_entries_total"), 2U);
  model::PipelineStatus status;
  source_->add_status(status);
  ASSERT_EQ(status.log_targets.size(), 1U);
  EXPECT_EQ(status.log_targets[0].kind, "Docker");
  EXPECT_EQ(status.log_targets[0].labels, (model::LabelSet{{"container", "/a80"}}));
  EXPECT_EQ(status.log_targets[0].discovered_labels.get("__address__"), "10.0.0.1:80");
  EXPECT_TRUE(status.log_targets[0].ready);
}

TEST_F(DockerSourceTest, ATerminalHasOneOutput) {
  terminal_ = true;
  log_of_ = [](const Received&) { return log_with(kAt + "1Z one\r\nwhat?\n"); };
  follow(kRules);
  list({"a"});
  ASSERT_TRUE(sees(1));
  EXPECT_EQ(sink_.entries[0].line, "one");
  EXPECT_EQ(sink_.entries[0].labels, (model::LabelSet{{"container", "/a80"}}));
  EXPECT_EQ(counted("docker_target_parsing_errors_total"), 1U);
  EXPECT_EQ(dropped("parse_error"), 1U);
}

TEST_F(DockerSourceTest, GoesOnBehindTheLastLine) {
  log_of_ = [this](const Received&) -> Reply {
    if (queries().size() > 1) return log_with(frame(1, kAt + "2Z b\n") + frame(1, kAt + "2Z c\n"));
    return log_with(frame(1, kAt + "1Z a\n") + frame(1, kAt + "2Z b\n") + frame(1, kAt + "3Z ha"));
  };
  follow(kRules);
  list({"a"});
  ASSERT_TRUE(sees(2));
  engine_.drop_connections();
  ASSERT_TRUE(sees(3));
  EXPECT_THAT(sink_.lines(), ElementsAre("a", "b", "c"));
  ASSERT_EQ(queries().size(), 2U);
  EXPECT_THAT(queries()[1], HasSubstr("since=1700000000.000000002"));
}

TEST_F(DockerSourceTest, TheSavedSecondIsWhereItBegins) {
  positions_.set_cursor("cursor-a", "1700000000");
  log_of_ = [](const Received&) { return log_with(frame(1, kAt + "1Z a\n")); };
  follow(kRules);
  list({"a"});
  ASSERT_TRUE(sees(1));
  EXPECT_THAT(queries()[0], HasSubstr("since=1700000000.000000000"));
}

TEST_F(DockerSourceTest, ACursorMovesWhenAllIsSettled) {
  log_of_ = [](const Received&) { return log_with(frame(1, kAt + "1Z a\n")); };
  follow();
  list({"a"});
  EXPECT_TRUE(agent::testing::run_until(loop_, [&] { return dropped("no_labels") == 1; }));
  EXPECT_EQ(positions_.cursor("cursor-a"), "1700000000");
}

TEST_F(DockerSourceTest, WhatIsDeliveredAfterTheStopCountsStill) {
  log_of_ = [](const Received&) { return log_with(frame(1, kAt + "1Z a\n")); };
  follow(kRules);
  list({"a"});
  ASSERT_TRUE(sees(1));
  EXPECT_EQ(positions_.cursor("cursor-a"), std::nullopt);
  source_->stop();
  receipts_.settle(sink_.entries[0].receipt);
  EXPECT_EQ(positions_.cursor("cursor-a"), "1700000000");
}

TEST_F(DockerSourceTest, AContainerThatIsNoLongerListedIsReadToItsEnd) {
  bool stopped = false;
  log_of_ = [&](const Received&) -> Reply {
    if (!stopped) return log_with(frame(1, kAt + "1Z a\n"));
    return log_with(
        frame(1, kAt + "1Z a\n") + frame(1, kAt + "2Z the last\n") + frame(1, kAt + "3Z words"),
        Log::Ends);
  };
  follow(kRules);
  list({"a"});
  ASSERT_TRUE(sees(1));
  stopped = true;
  list({});
  engine_.drop_connections();
  ASSERT_TRUE(sees(3));
  EXPECT_THAT(sink_.lines(), ElementsAre("a", "the last", "words"));

  // When it has ended does not show: it is listed again until it is asked for anew.
  int turn = 0;
  EXPECT_TRUE(agent::testing::run_until(loop_, [&] {
    const bool listed = ++turn % 100 == 0;
    list(listed ? std::vector<std::string>{"a"} : std::vector<std::string>());
    return queries().back().find("since=1700000000.000000004") != std::string::npos;
  }));
  for (const auto& entry : sink_.entries)
    receipts_.settle(entry.receipt);
  EXPECT_EQ(positions_.cursor("cursor-a"), "1700000000") << "its end did not forget its receipts";
}

TEST_F(DockerSourceTest, AContainerThatIsGoneIsForgotten) {
  log_of_ = [](const Received&) { return ScriptedServer::answer(404, "no such container"); };
  follow();
  list({"a"});
  const auto inspected = [&] { return engine_.requests().size() - queries().size(); };
  EXPECT_TRUE(agent::testing::run_until(loop_, [&] { return inspected() == 1; }));
  // A new one is inspected again, an old one is not. When it is gone does not show: try again.
  int turn = 0;
  EXPECT_TRUE(agent::testing::run_until(loop_, [&] {
    const bool listed = ++turn % 100 == 0;
    list(listed ? std::vector<std::string>{"a"} : std::vector<std::string>());
    return inspected() > 1;
  }));
}

TEST_F(DockerSourceTest, WithoutRoomAllContainersWait) {
  log_of_ = [](const Received&) { return log_with(frame(1, kAt + "1Z a\n"), Log::Ends); };
  follow(kRules);
  sink_.full = true;
  list({"a", "b"});
  EXPECT_TRUE(agent::testing::run_until(loop_, [&] { return source_->stalled(); }));
  loop_.run_for(30ms);
  EXPECT_TRUE(sink_.entries.empty());
  sink_.full = false;
  ASSERT_TRUE(sees(2));
  EXPECT_FALSE(source_->stalled());
}

TEST_F(DockerSourceTest, LongLinesAreCut) {
  max_line_size_ = 8;
  log_of_ = [](const Received&) {
    return log_with(frame(1, kAt + "1Z 0123456789\n") + frame(1, kAt + "2Z b\n"));
  };
  follow(kRules);
  list({"a"});
  ASSERT_TRUE(sees(2));
  EXPECT_THAT(sink_.lines(), ElementsAre("012345678", "b")) << "the client cuts or drops it";
  EXPECT_EQ(counted("docker_target_cut_lines_total"), 1U);
}

TEST_F(DockerSourceTest, NamesWhatIsWrong) {
  const struct {
    const char *options, *problem;
  } cases[] = {
      {"{host: 'unix:///x'}", "a list of Docker Engines"},
      {"[{}]", "docker_sd_configs[0].host: this key is required"},
      {"[{host: /var/run/docker.sock}]", "docker_sd_configs[0].host: unix:///path"},
      {"[{host: 'unix://x'}]", "host: unix:///path"},
      {"[{host: 'unix:///x', port: 0}]", "docker_sd_configs[0].port"},
      {"[{host: 'unix:///x', filters: [{values: [a]}]}]", "filters[0].name: this key is required"},
      {"[{host: 'unix:///x', filters: [{name: a}]}]", "filters[0].values: at least one"},
      {"[{host: 'unix:///x', basic_auth: {}, bearer_token: x}]", "give at most one"},
      {"[{host: 'unix:///x', hots: y}]", "unknown key"},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.options);
    EXPECT_THAT(problem_of(c.options, "docker_sd_configs"), HasSubstr(c.problem));
  }
  for (const char* good : {"[{host: 'unix:///x'}]", "[{host: 'tcp://a:2375'}]",
                           "[{host: 'https://a', filters: [{name: a, values: [b]}]}]"})
    EXPECT_EQ(problem_of(good, "docker_sd_configs"), "") << good;
}

}  // namespace
}  // namespace agent::logs
