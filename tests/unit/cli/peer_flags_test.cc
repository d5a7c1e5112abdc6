#include "agent/cli/peer_flags.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "agent/base/strings.h"

namespace agent::cli {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using Words = std::vector<std::string>;

// "positions/filename=/a": the scope is not shown, the path and the value are.
std::string shown(const std::vector<app::Override>& overrides) {
  std::string out;
  for (const auto& given : overrides)
    out += (out.empty() ? "" : " ") + join(given.path, "/") + "=" + given.value;
  return out;
}

TEST(PeerFlags, AreTakenOutOfTheLine) {
  const struct {
    const char* name;
    Words arguments;
    Words words;
    const char* overrides;
  } cases[] = {
      {"nothing", {}, {}, ""},
      {"a command of ours",
       {"try", "logs", "--stages", "-x"},
       {"try", "logs", "--stages", "-x"},
       ""},
      {"promtail's unit file", {"-config.file=a.yaml"}, {"run", "--config.file=a.yaml"}, ""},
      {"two dashes", {"--config.file=a.yaml"}, {"run", "--config.file=a.yaml"}, ""},
      {"two words", {"-config.file", "a.yaml"}, {"run", "--config.file", "a.yaml"}, ""},
      {"with the command", {"run", "-config.file=a"}, {"run", "--config.file=a"}, ""},
      {"check", {"check", "-config.file=a"}, {"check", "--config.file=a"}, ""},
      {"expand-env with a value",
       {"-config.expand-env=true", "-config.file=a"},
       {"run", "--config.expand-env=true", "--config.file=a"},
       ""},
      {"values behind = and as words",
       {"-positions.file=/a", "--positions.sync-period", "3s", "-config.file=a"},
       {"run", "--config.file=a"},
       "positions/filename=/a positions/sync_period=3s"},
      {"an = in a value", {"-client.url=http://l/?a=b"}, {"run"}, "client/url=http://l/?a=b"},
      {"booleans",
       {"-server.disable", "-stdin=false", "-max-line-size-truncate=T"},
       {"run"},
       "server/disable=true target_config/stdin=false limits_config/max_line_size_truncate=true"},
      {"labels",
       {"-client.external-labels=a=b, c=d=e,", "-log.level", "debug"},
       {"run"},
       "external_labels/a=b external_labels/c=d=e server/log_level=debug"},
      {"prometheus",
       {"--config.file=p.yml", "--web.listen-address=:9090", "--storage.agent.path=/data"},
       {"run", "--config.file=p.yml"},
       "server/listen_address=:9090 state_dir=/data"},
      {"our own flags stay",
       {"--config", "a", "--state-dir", "none"},
       {"run", "--config", "a", "--state-dir", "none"},
       ""},
      {"unknown ones stay, for the parser to name",
       {"-confg.file=a", "-x"},
       {"run", "--confg.file=a", "-x"},
       ""},
      {"nothing is taken behind two dashes",
       {"-stdin", "--", "-server.disable"},
       {"run", "--", "-server.disable"},
       "target_config/stdin=true"},
      {"flags without effect",
       {"-server.http-listen-network=tcp", "-server.log-request-headers", "-tracing.enabled=true",
        "-wal-enabled", "-client.stream-lag-labels", "a,b", "-config.file=a"},
       {"run", "--config.file=a"},
       ""},
      {"help", {"-help"}, {"--help"}, ""},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    const auto line = take_peer_flags(c.arguments);
    ASSERT_TRUE(line) << line.error().message;
    EXPECT_EQ(line->words, c.words);
    EXPECT_EQ(shown(line->peer.overrides), c.overrides);
  }
}

TEST(PeerFlags, SwitchesOfRun) {
  const struct {
    const char* flag;
    bool PeerFlags::*field;
  } cases[] = {{"dry-run", &PeerFlags::dry_run},
               {"inspect", &PeerFlags::inspect},
               {"check-syntax", &PeerFlags::check_syntax},
               {"print-config-stderr", &PeerFlags::print_config},
               {"version", &PeerFlags::version}};
  for (const auto& c : cases) {
    SCOPED_TRACE(c.flag);
    const std::string flag = std::string("-") + c.flag;
    EXPECT_TRUE(take_peer_flags({flag})->peer.*c.field);
    EXPECT_FALSE(take_peer_flags({flag + "=false"})->peer.*c.field);
    EXPECT_FALSE(take_peer_flags({"-stdin"})->peer.*c.field);
  }
}

TEST(PeerFlags, SayWhatHasNoEffect) {
  const auto line = take_peer_flags({"-server.grpc-listen-port=0", "--enable-feature", "x"});
  ASSERT_TRUE(line);
  EXPECT_THAT(line->peer.notes, ElementsAre("-server.grpc-listen-port has no effect here",
                                            "-enable-feature has no effect here"));
}

TEST(PeerFlags, RefuseWhatCannotBeRead) {
  for (const Words& words :
       {Words{"-positions.file"}, Words{"-stdin=maybe"}, Words{"-client.external-labels=a"},
        Words{"-client.external-labels==b"}, Words{"-client.external-labels=*=b"}}) {
    SCOPED_TRACE(words[0]);
    const auto line = take_peer_flags(words);
    ASSERT_FALSE(line);
    EXPECT_EQ(line.error().kind, ErrorKind::Input);
    EXPECT_THAT(line.error().message, HasSubstr(words[0].substr(0, words[0].find('='))));
  }
}

TEST(PeerFlags, HelpNamesThoseThatDoSomething) {
  EXPECT_THAT(peer_flag_help(), HasSubstr("\n  -client.external-labels "));
  EXPECT_EQ(peer_flag_help().find("log-config-reverse-order"), std::string::npos);
}

}  // namespace
}  // namespace agent::cli
