#include "agent/logs/sources/syslog_source.h"

#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/raw_client.h"
#include "tests/support/temp_dir.h"
#include "tests/support/tls_client.h"
#include "tests/support/udp_client.h"
#include "tests/unit/logs/sources/source_harness.h"

namespace agent::logs {
namespace {

using namespace std::literals;
using agent::testing::RawClient;
using agent::testing::run_until;
using agent::testing::TestAuthority;
using agent::testing::TlsClient;
using agent::testing::UdpClient;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::string all_labels() {
  std::string out = "relabel_configs: [";
  for (const char* name : {"connection_ip_address", "message_severity", "message_facility",
                           "message_hostname", "message_app_name", "message_proc_id",
                           "message_msg_id", "message_sd_a_1_b", "message_parse_error"})
    out += "{source_labels: [__syslog_"s + name + "], target_label: " + name + "},";
  return out + "]";
}

std::string job(const std::string& options, const std::string& rules = "relabel_configs: []") {
  return "{syslog: {listen_address: '127.0.0.1:0', labels: {job: syslog}" +
         (options.empty() ? "" : ", " + options) + "}, " + rules + "}";
}

class SyslogSourceTest : public agent::testing::SourceHarness {
 protected:
  void listen(const std::string& options = "", const std::string& rules = "relabel_configs: []") {
    start(job(options, rules), "syslog");
  }
  std::string error_count(const std::string& reason) const {
    return std::to_string(counted("syslog_target_parsing_errors_total", reason));
  }
};

TEST_F(SyslogSourceTest, ReadsTcpInBothFramings) {
  listen("", all_labels());
  RawClient text(loop_, address());
  text.send("<165>1 2003-10-11T22:14:15.003Z host app 87 ID47 [a@1 b=\"c\"] first\n<13>1 - ");
  ASSERT_TRUE(sees(1));
  text.send("- - - - - second\n");
  ASSERT_TRUE(sees(2)) << "silence ends the last one";
  RawClient counted_client(loop_, address());
  counted_client.send("21 <13>1 - - - - - - one22 <13>1 - - - - - - four\n5 <bad>");
  ASSERT_TRUE(sees(5));
  EXPECT_THAT(sink_.lines(), ElementsAre("first", "second", "one", "four", "<bad>"));
  EXPECT_EQ(to_string(sink_.entries[0].labels),
            R"({connection_ip_address="127.0.0.1", job="syslog", message_app_name="app", )"
            R"(message_facility="local4", message_hostname="host", message_msg_id="ID47", )"
            R"(message_proc_id="87", message_severity="notice"})");
  EXPECT_EQ(sink_.entries[0].time, clock_.wall_now());
  EXPECT_EQ(to_string(sink_.entries[4].labels),
            R"({connection_ip_address="127.0.0.1", job="syslog", message_parse_error="priority"})");
  EXPECT_EQ(counted("syslog_target_entries_total"), 5U);
  EXPECT_EQ(error_count("priority"), "1");
  EXPECT_FALSE(counted_client.ended()) << "a bad message costs nobody the connection";
  EXPECT_EQ(ledger_.in("syslog").value(), 5U);
}

TEST_F(SyslogSourceTest, ReadsDatagrams) {
  listen("listen_protocol: udp, max_message_length: 32", all_labels());
  const UdpClient client(address());
  for (const char* datagram :
       {"<13>1 - - - - - - no newline", "<13>1 - - - - - - a newline\n",
        "<13>1 - - - - - - two\n<13>1 - - - - - - messages", "25 <13>1 - - - - - - counted",
        "plain words", "", "<13>1 - - - - - -", "<13>1 - - - - - - a text just past the limit",
        "neither framed nor of a length that is taken", "<13>1 - - - - - - end"})
    client.send(datagram);
  ASSERT_TRUE(sees(7));
  EXPECT_THAT(sink_.lines(), ElementsAre("no newline", "a newline", "two", "messages", "counted",
                                         "plain words", "end"));
  EXPECT_EQ(sink_.entries[5].labels.get("message_parse_error"), "framing");
  EXPECT_EQ(counted("syslog_empty_messages_total"), 1U);
  EXPECT_EQ(error_count("too_long"), "2");
  EXPECT_EQ(error_count("framing"), "1");
  EXPECT_EQ(error_count("cut_off"), "0");
  EXPECT_EQ(dropped("too_large"), 2U);
  EXPECT_EQ(ledger_.in("syslog").value(), 9U);
  EXPECT_EQ(receiver().requests, 10U);
  EXPECT_EQ(receiver().records, 7U);
  EXPECT_EQ(receiver().refused, 2U);
}

TEST_F(SyslogSourceTest, OptionsChangeLineTimeAndLabels) {
  const char* const kMessage = "<165>1 2003-10-11T22:14:15.003Z h app 8 ID [a@1 b=\"c\\\"d\"] text";
  const Timestamp incoming(Duration(1'065'910'455'003'000'000));
  const struct {
    const char *name, *options, *message, *line, *sd;
    Timestamp time;
  } cases[] = {
      {"none", "", kMessage, "text", "", clock_.wall_now()},
      {"the incoming time", "use_incoming_timestamp: true", kMessage, "text", "", incoming},
      {"no time in the message", "use_incoming_timestamp: true", "<13>1 - - - - - - text", "text",
       "", clock_.wall_now()},
      {"structured data", "label_structured_data: true", kMessage, "text", "c\"d",
       clock_.wall_now()},
      {"the whole message", "use_rfc5424_message: true", kMessage, kMessage, "", clock_.wall_now()},
      {"the old format", "syslog_format: rfc3164", "<13>Oct 11 22:14:15 h app[8]: text", "text", "",
       clock_.wall_now()},
      {"the old format written as the new one", "syslog_format: rfc3164, use_rfc5424_message: true",
       "<13>2003-10-11T22:14:15.003Z h app[8]: text",
       "<13>1 2003-10-11T22:14:15.003Z h app 8 - - text", "", clock_.wall_now()},
  };
  ::setenv("TZ", "UTC", 1);
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    sink_.entries.clear();
    source_.reset();
    listen("listen_protocol: udp"s + (*c.options != '\0' ? ", "s + c.options : ""), all_labels());
    UdpClient(address()).send(c.message);
    ASSERT_TRUE(sees(1));
    EXPECT_EQ(sink_.entries[0].line, c.line);
    EXPECT_EQ(sink_.entries[0].time, c.time);
    EXPECT_EQ(sink_.entries[0].labels.get("message_sd_a_1_b"), c.sd);
  }
}

TEST_F(SyslogSourceTest, RelabelledAwayIsCounted) {
  listen("listen_protocol: udp",
         "relabel_configs: [{source_labels: [__syslog_message_severity], regex: debug, action: "
         "drop}, {source_labels: [__syslog_message_severity], regex: error, action: replace, "
         "target_label: job, replacement: ''}]");
  const UdpClient client(address());
  client.send("<15>1 - - - - - - debug");
  client.send("<11>1 - - - - - - error without labels");
  client.send("<13>1 - - - - - - notice");
  ASSERT_TRUE(sees(1));
  EXPECT_THAT(sink_.lines(), ElementsAre("notice"));
  EXPECT_EQ(dropped("relabel_drop"), 1U);
  EXPECT_EQ(dropped("no_labels"), 1U);
  EXPECT_EQ(ledger_.in("syslog").value(), 3U);
}

TEST_F(SyslogSourceTest, RefusesConnectionsWithoutFraming) {
  listen();
  RawClient client(loop_, address());
  client.send("GET / HTTP/1.1\r\n\r\n");
  EXPECT_TRUE(client.read_to_end());
  EXPECT_EQ(error_count("framing"), "1");
  EXPECT_TRUE(sink_.entries.empty());
}

TEST_F(SyslogSourceTest, ConnectionsEndWhenIdle) {
  listen("idle_timeout: 40ms");
  RawClient client(loop_, address());
  client.send("9 <13>");
  EXPECT_TRUE(client.read_to_end());
  EXPECT_THAT(sink_.lines(), ElementsAre("<13>"));
  EXPECT_EQ(error_count("cut_off"), "1");
}

TEST_F(SyslogSourceTest, AFullSinkHoldsTcpBackAndLosesNothing) {
  listen("max_message_length: 100");
  sink_.full = true;
  RawClient first(loop_, address());
  RawClient second(loop_, address());
  constexpr int kMessages = 30'000;
  std::string much;
  for (int i = 0; i < kMessages; ++i)
    much += "<13>1 - - - - - - message " + std::to_string(i) + std::string(60, ' ') + "\n";
  first.send(much);
  ASSERT_TRUE(run_until(loop_, [&] { return source_->stalled(); }));
  second.send("<13>1 - - - - - - from another\n");
  RawClient third(loop_, address());
  third.send("<13>1 - - - - - - from a third\n");
  loop_.run_for(20ms);
  EXPECT_TRUE(sink_.entries.empty());
  sink_.full = false;
  ASSERT_TRUE(sees(kMessages + 2));
  EXPECT_EQ(ledger_.in("syslog").value(), static_cast<std::uint64_t>(kMessages + 2));
  EXPECT_EQ(counted("syslog_target_entries_total"), static_cast<std::uint64_t>(kMessages + 2));
}

TEST_F(SyslogSourceTest, AFullSinkLeavesDatagramsToTheKernelWhichIsCounted) {
  listen("listen_protocol: udp");
  sink_.full = true;
  const UdpClient client(address());
  client.send("<13>1 - - - - - - first");
  ASSERT_TRUE(run_until(loop_, [&] { return source_->stalled(); }));
  constexpr std::uint64_t kSent = 20'000;  // more than any kernel holds for us
  for (std::uint64_t i = 0; i < kSent; ++i)
    client.send("<13>1 - - - - - - " + std::string(2000, 'x'));
  sink_.full = false;
  ASSERT_TRUE(run_until(loop_, [&] { return dropped("queue_full") > 0; }));
  ASSERT_TRUE(sees(kSent + 1 - dropped("queue_full")));
  EXPECT_EQ(ledger_.in("syslog").value(), kSent + 1);
  EXPECT_EQ(counted("udp_datagrams_lost_total"), dropped("queue_full"));
}

TEST_F(SyslogSourceTest, HostNamesAreLookedUpWhereARuleAsks) {
  const char* const kRule =
      "relabel_configs: [{source_labels: [__syslog_connection_hostname], target_label: host}]";
  for (const char* protocol : {"tcp", "udp"}) {
    SCOPED_TRACE(protocol);
    sink_.entries.clear();
    source_.reset();
    listen("listen_protocol: "s + protocol, kRule);
    const std::string message = "<13>1 - - - - - - x\n";
    if (protocol == "tcp"sv) {
      RawClient client(loop_, address());
      client.send(message);
      ASSERT_TRUE(sees(1));
    } else {
      UdpClient(address()).send(message);
      ASSERT_TRUE(sees(1));
    }
    EXPECT_THAT(std::string(sink_.entries[0].labels.get("host")), HasSubstr("localhost"));
  }
}

TEST_F(SyslogSourceTest, StopTakesWhatWaitsForItsEnd) {
  listen();
  RawClient text(loop_, address());
  text.send("<13>1 - - - - - - one\n<13>1 - - - - - - last");
  ASSERT_TRUE(sees(1));
  source_->stop();
  EXPECT_THAT(sink_.lines(), ElementsAre("one", "last"));
  EXPECT_TRUE(text.read_to_end());
}

TEST_F(SyslogSourceTest, ReadsTlsAndAsksForCertificates) {
  const TestAuthority authority;
  const auto server = authority.sign("server");
  const agent::testing::TempDir folder;
  const auto write = [&](const char* name, const std::string& text) {
    std::ofstream(folder.path() / name) << text;
    return (folder.path() / name).string();
  };
  listen("tls_config: {cert_file: " + write("cert.pem", server.cert) + ", key_file: " +
         write("key.pem", server.key) + ", ca_file: " + write("ca.pem", authority.pem()) + "}");
  EXPECT_THAT(receiver().name, HasSubstr("syslog tls 127.0.0.1:"));
  TlsClient stranger(loop_, address(), {});
  stranger.send("<13>1 - - - - - - from a stranger\n");
  EXPECT_TRUE(stranger.sees_end());
  TlsClient known(loop_, address(), {.ca = authority.pem(), .identity = authority.sign("client")});
  ASSERT_TRUE(known.shaken()) << known.shaken().error().message;
  known.send("<13>1 - - - - - - from a client\n");
  ASSERT_TRUE(sees(1));
  EXPECT_THAT(sink_.lines(), ElementsAre("from a client"));
}

TEST_F(SyslogSourceTest, SaysWhatIsWrongWithItsOptions) {
  const struct {
    const char *name, *options, *problem;
  } cases[] = {
      {"every key",
       "{listen_address: ':1514', listen_protocol: tcp, idle_timeout: 60s, max_message_length: 1, "
       "label_structured_data: yes, use_incoming_timestamp: no, use_rfc5424_message: yes, "
       "syslog_format: rfc3164, labels: {a: b}, tls_config: {cert_file: c, key_file: k, ca_file: "
       "a}}",
       ""},
      {"no address", "{}", "<text>:1:1: syslog.listen_address: an address is needed here"},
      {"a bad address", "{listen_address: here}",
       "syslog.listen_address: \"here\" is no host:port"},
      {"a protocol", "{listen_address: ':1', listen_protocol: sctp}", "tcp or udp is asked here"},
      {"a format", "{listen_address: ':1', syslog_format: cef}", "rfc5424 or rfc3164"},
      {"half a certificate", "{listen_address: ':1', tls_config: {cert_file: c}}",
       "syslog.tls_config: cert_file and key_file are both needed"},
      {"an authority alone", "{listen_address: ':1', tls_config: {ca_file: c}}",
       "cert_file and key_file are both needed"},
      {"TLS over UDP",
       "{listen_address: ':1', listen_protocol: udp, tls_config: {cert_file: c, key_file: k}}",
       "datagrams are read in clear text"},
      {"an unknown key", "{listen_address: ':1', listen_adress: ':2'}", "listen_adress"},
      {"a label that is no text", "{listen_address: ':1', labels: {a: [b]}}",
       "<text>:1:36: syslog.labels.a: text is asked here"},
      {"a negative duration", "{listen_address: ':1', idle_timeout: -1s}", "idle_timeout"},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    const std::string problem = problem_of(c.options, "syslog");
    EXPECT_THAT(problem, HasSubstr(c.problem));
    EXPECT_EQ(problem.empty(), *c.problem == '\0');
  }
}

}  // namespace
}  // namespace agent::logs
