// Loki's client over real sockets: what it sends, TLS, and servers that misbehave.
#include "agent/export/loki_transport.h"

#include <algorithm>
#include <fstream>
#include <map>
#include <optional>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "agent/codec/compression.h"
#include "agent/codec/loki_push.h"
#include "agent/config/node.h"
#include "agent/export/destination.h"
#include "agent/export/loki_config.h"
#include "agent/net/http_server.h"

#include "tests/support/run_until.h"
#include "tests/support/scripted_server.h"
#include "tests/support/temp_dir.h"
#include "tests/support/test_certificates.h"
#include "tests/support/test_http_server.h"

namespace agent::exporter {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::Identity;
using testing::ScriptedServer;
using testing::TestAuthority;
using Kind = Outcome::Kind;
using Received = ScriptedServer::Received;
using Reply = ScriptedServer::Reply;

class LokiTransportTest : public ::testing::Test {
 protected:
  // The transport of a client as it stands in a promtail.yaml.
  std::unique_ptr<LokiTransport> make(const std::string& yaml) {
    auto node = config::parse(yaml, "test.yaml");
    EXPECT_TRUE(node) << node.error().message;
    config::Report report;
    const auto clients = read_loki_clients({*node}, {"clients[0]"}, report);
    EXPECT_FALSE(report.has_errors());
    const LokiClientConfig& client = clients.at(0);
    return std::make_unique<LokiTransport>(
        LokiTransport::Config{client.name, client.url, client.timeout,
                              client.drop_rate_limited_batches, client.headers},
        std::make_unique<net::HttpClient>(loop_, client.http),
        LokiTransport::Environment{clock_, {scope_, client.url, client.tenant_id}});
  }
  Outcome send(Transport& transport, const std::string& tenant = "") {
    std::optional<Outcome> outcome;
    const auto attempt = transport.send({std::make_shared<const std::string>("payload"), tenant, 0},
                                        [&](Outcome result) { outcome = std::move(result); });
    EXPECT_TRUE(testing::run_until(loop_, [&] { return outcome.has_value(); }));
    return outcome.value_or(Outcome{});
  }

  loop::EventLoop loop_;
  SystemClock clock_;
  selfmon::Scope scope_;
  Logger log_{LogLevel::Error, LogFormat::Logfmt, std::make_unique<testing::NullOutput>()};
};

TEST_F(LokiTransportTest, SendsAPush) {
  ScriptedServer server(loop_, [](const Received&) { return ScriptedServer::answer(204, ""); });
  const auto transport =
      make("{url: '" + server.url("/loki/api/v1/push") +
           "', headers: {X-Extra: one}, http_headers: {X-More: {values: [two]}}}");
  EXPECT_EQ(send(*transport, "shop").kind, Kind::Delivered);
  EXPECT_EQ(send(*transport).kind, Kind::Delivered);
  const Received& push = server.requests().at(0);
  EXPECT_EQ(push.line(), "POST /loki/api/v1/push HTTP/1.1");
  EXPECT_EQ(push.body, "payload");
  EXPECT_EQ(push.header("Content-Type"), "application/x-protobuf");
  EXPECT_THAT(push.header("User-Agent"), HasSubstr("dunlin/"));
  EXPECT_EQ(push.header("X-Scope-OrgID"), "shop");
  EXPECT_EQ(push.header("X-Extra"), "one");
  EXPECT_EQ(push.header("X-More"), "two");
  EXPECT_EQ(server.requests().at(1).header("X-Scope-OrgID"), "<none>");
}

TEST_F(LokiTransportTest, CountsDropsUnderPromtailsReasons) {
  const auto transport = make("{url: 'http://127.0.0.1/'}");
  queue::Block block;
  block.payload = std::make_shared<const std::string>("unread");
  block.tenant = "shop";
  Outcome outcome;
  for (const char* reason : {"http_429", "http_400", "backend_rejected"}) {
    outcome.reason = reason;
    transport->on_dropped(block, outcome, 5);
  }
  const auto dropped = [&](const char* reason) {
    return scope_
        .counter("loki_dropped_entries_total",
                 {{"host", "127.0.0.1"}, {"reason", reason}, {"tenant", "shop"}})
        .value();
  };
  EXPECT_EQ(dropped("rate_limited"), 5U);
  EXPECT_EQ(dropped("ingester_error"), 10U);
}

// ---- TLS

class LokiOverTlsTest : public LokiTransportTest {
 protected:
  void SetUp() override {
    write("ca.pem", authority_.pem());
    write("other-ca.pem", other_.pem());
    write("client.pem", client_.cert);
    write("client.key", client_.key);
    write("foreign.pem", foreign_.cert);
    write("foreign.key", foreign_.key);
  }
  void write(const std::string& name, const std::string& text) const {
    std::ofstream(folder_.path() / name, std::ios::binary) << text;
  }
  void serve(net::TlsServerConfig config) {
    config.cert.value = server_identity_.cert;
    config.key.value = server_identity_.key;
    config.client_ca.value = authority_.pem();
    auto server = net::HttpServer::listen(loop_, {"127.0.0.1", 0}, {}, log_, scope_, config);
    ASSERT_TRUE(server) << server.error().message;
    server_ = std::move(*server);
    net::Route route;
    route.method = "POST";
    route.path = "/push";
    route.handler = [](const net::Request&, net::Responder responder) {
      net::Response response;
      response.status = 204;
      responder.send(std::move(response));
    };
    server_->add_route(std::move(route));
  }
  // A client with that tls_config; FOLDER in it is where the certificates lie.
  std::unique_ptr<LokiTransport> client(std::string tls_config) {
    for (auto at = tls_config.find("FOLDER"); at != std::string::npos;
         at = tls_config.find("FOLDER"))
      tls_config.replace(at, 6, folder_.path().string());
    return make("{url: 'https://" + loop::to_string(server_->local()) +
                "/push', tls_config: " + tls_config + "}");
  }

  testing::TempDir folder_;
  TestAuthority authority_;
  TestAuthority other_{"somebody else"};
  Identity server_identity_ = authority_.sign("server");
  Identity client_ = authority_.sign("client");
  Identity foreign_ = other_.sign("stranger");
  std::unique_ptr<net::HttpServer> server_;
};

TEST_F(LokiOverTlsTest, VerifiesTheServer) {
  serve({});
  const struct {
    const char *name, *tls_config;
    const char* error;  // "": delivered
  } cases[] = {
      {"our authority", "{ca_file: FOLDER/ca.pem}", ""},
      {"those of the system only", "{}", "certificate"},
      {"another authority", "{ca_file: FOLDER/other-ca.pem}", "certificate"},
      {"no check at all", "{insecure_skip_verify: true}", ""},
      {"a name of the certificate", "{ca_file: FOLDER/ca.pem, server_name: localhost}", ""},
      {"another name", "{ca_file: FOLDER/ca.pem, server_name: loki.example}", "loki.example"},
      {"another name, no check",
       "{ca_file: FOLDER/ca.pem, server_name: loki.example, insecure_skip_verify: true}", ""},
      {"a version", "{ca_file: FOLDER/ca.pem, min_version: TLS13}", ""},
      {"no such file", "{ca_file: FOLDER/nowhere.pem}", "nowhere.pem"},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    const Outcome outcome = send(*client(c.tls_config));
    const bool wanted = *c.error == '\0';
    EXPECT_EQ(outcome.kind, wanted ? Kind::Delivered : Kind::Retry) << outcome.message;
    EXPECT_THAT(outcome.message, HasSubstr(c.error));
    EXPECT_FALSE(outcome.data_error);
  }
}

TEST_F(LokiOverTlsTest, ShowsItsCertificate) {
  net::TlsServerConfig config;
  config.client_auth = net::TlsServerConfig::ClientAuth::RequireAndVerify;
  serve(config);
  const struct {
    const char* name;
    const char* tls_config;
    bool delivered;
  } cases[] = {
      {"signed by the authority",
       "{ca_file: FOLDER/ca.pem, cert_file: FOLDER/client.pem, key_file: FOLDER/client.key}", true},
      {"none", "{ca_file: FOLDER/ca.pem}", false},
      {"of a stranger",
       "{ca_file: FOLDER/ca.pem, cert_file: FOLDER/foreign.pem, key_file: FOLDER/foreign.key}",
       false},
      {"with another's key",
       "{ca_file: FOLDER/ca.pem, cert_file: FOLDER/client.pem, key_file: FOLDER/foreign.key}",
       false},
      {"missing",
       "{ca_file: FOLDER/ca.pem, cert_file: FOLDER/nowhere, key_file: FOLDER/client.key}", false},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    const Outcome outcome = send(*client(c.tls_config));
    EXPECT_EQ(outcome.kind, c.delivered ? Kind::Delivered : Kind::Retry) << outcome.message;
  }
}

TEST_F(LokiOverTlsTest, AMendedCertificateCountsWithoutARestart) {
  net::TlsServerConfig config;
  config.client_auth = net::TlsServerConfig::ClientAuth::RequireAndVerify;
  serve(config);
  const auto transport = client(
      "{ca_file: FOLDER/ca.pem, cert_file: FOLDER/foreign.pem, key_file: FOLDER/foreign.key}");
  EXPECT_EQ(send(*transport).kind, Kind::Retry);
  write("foreign.pem", client_.cert);
  write("foreign.key", client_.key);
  const Outcome outcome = send(*transport);
  EXPECT_EQ(outcome.kind, Kind::Delivered) << outcome.message;
}

TEST_F(LokiOverTlsTest, VersionsHaveToMeet) {
  net::TlsServerConfig config;
  config.max_version = "TLS12";
  serve(config);
  EXPECT_EQ(send(*client("{ca_file: FOLDER/ca.pem}")).kind, Kind::Delivered);
  EXPECT_EQ(send(*client("{ca_file: FOLDER/ca.pem, min_version: TLS13}")).kind, Kind::Retry);
}

// ---- servers that misbehave

// A destination as the logs pipeline makes it, with a short patience.
class LokiSenderTest : public LokiTransportTest {
 protected:
  void make_destination(const std::string& url) {
    Destination::Config config;
    config.name = "loki";
    config.backoff = {1ms, 5ms, 1ms, Jitter::Upward};
    config.concurrency = 8;
    config.concurrency_of_a_tenant = 1;
    destination_ = std::make_unique<Destination>(
        std::move(config), make("{url: '" + url + "', timeout: 200ms}"),
        ledger_.destination("loki"),
        Destination::Environment{loop_, clock_, random_, log_, scope_, receipts_});
  }
  void push(const std::string& line, const std::string& tenant) {
    std::string entries;
    codec::append_loki_entry(entries, Timestamp(1s), line, {});
    std::string request;
    codec::append_loki_stream(request, R"({a="b"})", entries);
    queue::Block block;
    block.payload = std::make_shared<const std::string>(codec::snappy_compress(request));
    block.records = 1;
    block.tenant = tenant;
    ledger_.in("file").add(1);
    ASSERT_EQ(destination_->push(std::move(block)), model::Push::Taken);
  }
  void expect_balance() {
    const auto entries = ledger_.snapshot(0, {{"loki", destination_->held_records()}});
    ASSERT_EQ(entries.size(), 1U);
    EXPECT_EQ(entries[0].balance(), 0);
  }
  // At least once is what is promised: an answer that came too late repeats a line.
  static void drop_repeats(std::vector<std::string>& lines) {
    lines.erase(std::unique(lines.begin(), lines.end()), lines.end());
  }
  // "TENANT LINE"
  static std::string pushed(const Received& received) {
    const auto request = codec::snappy_uncompress(received.body, 1 << 20U);
    const auto at = request->rfind("line");
    return received.header("X-Scope-OrgID") + " " + request->substr(at);
  }

  Random random_{7};
  selfmon::Ledger ledger_{"logs", scope_};
  model::ReceiptBook receipts_;
  std::unique_ptr<Destination> destination_;
};

TEST_F(LokiSenderTest, GoesOnWhenTheServerIsWellAgain) {
  const std::string head = "HTTP/1.1 204 X\r\n";
  const struct {
    const char* name;
    Reply reply;
  } faults[] = {
      {"stalls", {"", Reply::After::KeepOpen}},
      {"hangs up", {"", Reply::After::Close}},
      {"speaks something else", {"SSH-2.0-OpenSSH_9.2\r\n", Reply::After::Close}},
      {"stops in its headers", {head + "x-half: ", Reply::After::KeepOpen}},
      {"ends in its headers", {head + "x-half: ", Reply::After::Close}},
      {"stops in its body",
       {"HTTP/1.1 200 X\r\ncontent-length: 9\r\n\r\nx", Reply::After::KeepOpen}},
      {"ends in its body", {"HTTP/1.1 200 X\r\ncontent-length: 9\r\n\r\nx", Reply::After::Close}},
      {"has a length that is none",
       {"HTTP/1.1 200 X\r\ncontent-length: many\r\n\r\n", Reply::After::Close}},
      {"promises chunks and sends none",
       {"HTTP/1.1 200 X\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n", Reply::After::Close}},
      {"is out of order", ScriptedServer::answer(500, "no")},
      {"is a proxy without a backend", ScriptedServer::answer(502, "<html>", "X-A: b\r\n")},
      {"is busy", ScriptedServer::answer(429, "slow down")},
  };
  for (const auto& fault : faults) {
    SCOPED_TRACE(fault.name);
    int faults_left = 3;
    std::vector<std::string> stored;
    ScriptedServer server(loop_, [&](const Received& received) {
      if (faults_left-- > 0) return fault.reply;
      stored.push_back(pushed(received));
      return ScriptedServer::answer(204, "");
    });
    make_destination(server.url());
    for (const char* line : {"line 1", "line 2"})
      push(line, "a");
    EXPECT_TRUE(testing::run_until(loop_, [&] { return destination_->held_records() == 0; }));
    drop_repeats(stored);
    EXPECT_THAT(stored, ElementsAre("a line 1", "a line 2"));
    expect_balance();
    destination_.reset();
  }
}

TEST_F(LokiSenderTest, AThousandFaultsLoseNothingAndKeepTheOrder) {
  Random random(42);
  std::map<std::string, std::vector<std::string>> stored;
  ScriptedServer server(loop_, [&](const Received& received) -> Reply {
    switch (random.next() % 8) {
      case 0:
        return {"", Reply::After::Close};
      case 1:
        return {"HTTP/1.1 2", Reply::After::Close};
      case 2:
        return ScriptedServer::answer(503, "", "connection: close\r\n");
      case 3:
        return ScriptedServer::answer(429, "");
      case 4:
        if (random.next() % 10 == 0) return {"", Reply::After::KeepOpen};
        break;
      default:
        break;
    }
    stored[received.header("X-Scope-OrgID")].push_back(pushed(received));
    return ScriptedServer::answer(204, "");
  });
  make_destination(server.url());
  std::map<std::string, std::vector<std::string>> wanted;
  for (int i = 0; i < 900; ++i) {
    const std::string tenant(1, "abc"[i % 3]);
    const std::string line = "line " + std::to_string(i);
    wanted[tenant].push_back(tenant + " " + line);
    push(line, tenant);
  }
  EXPECT_TRUE(testing::run_until(loop_, [&] { return destination_->held_records() == 0; }));
  for (auto& [tenant, lines] : stored)
    drop_repeats(lines);
  EXPECT_EQ(stored, wanted);
  expect_balance();
}

}  // namespace
}  // namespace agent::exporter
