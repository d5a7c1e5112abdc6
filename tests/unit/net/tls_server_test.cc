#include "agent/net/tls_server.h"

#include <fstream>
#include <optional>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "agent/net/http_client.h"
#include "agent/net/http_server.h"

#include "tests/support/raw_client.h"
#include "tests/support/run_until.h"
#include "tests/support/temp_dir.h"
#include "tests/support/test_http_server.h"
#include "tests/support/tls_client.h"

namespace agent::net {
namespace {

using namespace std::literals;
using agent::testing::Identity;
using agent::testing::RawClient;
using agent::testing::run_until;
using agent::testing::TestAuthority;
using agent::testing::TlsClient;
using ::testing::HasSubstr;

// A listener whose streams speak TLS, and what they received.
class TlsServerTest : public ::testing::Test {
 protected:
  void SetUp() override {
    write("cert.pem", server_.cert);
    write("key.pem", server_.key);
    config_.cert.file = path("cert.pem");
    config_.key.file = path("key.pem");
  }
  void listen() {
    auto made = TlsServer::make(loop_, config_, log_, scope_);
    ASSERT_TRUE(made) << made.error().message;
    tls_ = std::move(*made);
    auto listening = loop::TcpListener::listen(loop_, {"127.0.0.1", 0}, [this](auto accepted) {
      stream_ = tls_->wrap(std::move(accepted));
      received_.clear();
      ended_.reset();
      stream_->start_reading([this](std::string_view bytes) { received_ += bytes; },
                             [this](Status status) { ended_ = std::move(status); });
    });
    ASSERT_TRUE(listening) << listening.error().message;
    listener_ = std::move(*listening);
  }
  TlsClient connect(TlsClient::Options options = {}) {
    return {loop_, listener_->local(), options};
  }
  std::string path(const std::string& name) const { return (folder_.path() / name).string(); }
  void write(const std::string& name, const std::string& text) const {
    std::ofstream(path(name), std::ios::binary) << text;
  }
  std::uint64_t counted(const char* name) const { return scope_.counter(name).value(); }

  agent::testing::TempDir folder_;
  loop::EventLoop loop_;
  Logger log_{LogLevel::Error, LogFormat::Logfmt, std::make_unique<agent::testing::NullOutput>()};
  selfmon::Scope scope_;
  TestAuthority authority_;
  Identity server_ = authority_.sign("first");
  TlsServerConfig config_;
  std::unique_ptr<TlsServer> tls_;
  std::unique_ptr<loop::TcpListener> listener_;
  std::unique_ptr<loop::ByteStream> stream_;  // the one accepted last
  std::string received_;
  std::optional<Status> ended_;
};

TEST_F(TlsServerTest, CarriesBytesBothWaysInBothVersions) {
  listen();
  for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    SCOPED_TRACE(version);
    TlsClient client = connect({.ca = authority_.pem(), .max_version = version});
    ASSERT_TRUE(client.shaken()) << client.shaken().error().message;
    const std::string much(3 << 20U, 'x');
    client.send(much + "end");
    ASSERT_TRUE(run_until(loop_, [&] { return received_.size() == much.size() + 3; }));
    bool written = false;
    stream_->write(much + "END", [&] { written = true; });
    EXPECT_TRUE(client.sees("END"));
    EXPECT_TRUE(run_until(loop_, [&] { return written; }));
    EXPECT_EQ(client.received().size(), much.size() + 3);
    EXPECT_EQ(stream_->peer().host, "127.0.0.1");
  }
  EXPECT_EQ(counted("tls_handshakes_failed_total"), 0U);
}

TEST_F(TlsServerTest, EndsByFarewellOrByAnEndWithoutIt) {
  listen();
  for (const bool farewell : {true, false}) {
    SCOPED_TRACE(farewell);
    TlsClient client = connect();
    client.send("last words");
    ASSERT_TRUE(run_until(loop_, [&] { return received_ == "last words"; }));
    if (farewell) {
      client.stream().shutdown();
    } else {
      client.abandon();
    }
    ASSERT_TRUE(run_until(loop_, [&] { return ended_.has_value(); }));
    EXPECT_TRUE(*ended_);
    if (!farewell) continue;
    stream_->write("answer");  // half a close is legal
    EXPECT_TRUE(client.sees("answer"));
  }
}

TEST_F(TlsServerTest, DestroyingItSaysFarewell) {
  listen();
  TlsClient client = connect();
  client.send("hello");
  ASSERT_TRUE(run_until(loop_, [&] { return received_ == "hello"; }));
  stream_.reset();
  ASSERT_TRUE(client.sees_end());
  EXPECT_TRUE(client.got_farewell());
}

TEST_F(TlsServerTest, PauseKeepsWhatIsInsideAndHoldsThePeerBack) {
  listen();
  TlsClient client = connect();
  client.send("hello");
  ASSERT_TRUE(run_until(loop_, [&] { return received_ == "hello"; }));
  stream_->pause_reading();
  client.send(std::string(16 << 20U, 'x'));
  client.stream().shutdown();
  loop_.run_for(20ms);
  EXPECT_EQ(received_, "hello");
  EXPECT_GT(client.stream().unwritten_bytes(), 0U);
  stream_->resume_reading();
  ASSERT_TRUE(run_until(loop_, [&] { return ended_.has_value(); }));
  EXPECT_TRUE(*ended_);
  EXPECT_EQ(received_.size(), 5U + (16U << 20U));
}

TEST_F(TlsServerTest, CallbacksMayDestroyTheStream) {
  listen();
  TlsClient client = connect();
  stream_.reset();
  auto listening = loop::TcpListener::listen(loop_, {"127.0.0.1", 0}, [&](auto accepted) {
    stream_ = tls_->wrap(std::move(accepted));
    stream_->start_reading(
        [&](std::string_view bytes) {
          stream_.reset();
          received_ = bytes;
        },
        [](const Status&) { FAIL() << "cancelled"; });
  });
  ASSERT_TRUE(listening);
  TlsClient other(loop_, (*listening)->local(), {});
  other.send("bye");
  EXPECT_TRUE(other.sees_end());
  EXPECT_EQ(received_, "bye");
}

TEST_F(TlsServerTest, AsksClientsForCertificatesAsToldTo) {
  using Auth = TlsServerConfig::ClientAuth;
  const TestAuthority stranger("stranger");
  const Identity none;
  const Identity known = authority_.sign("client");
  const Identity unknown = stranger.sign("client");
  const struct {
    const char* name;
    Auth auth;
    const Identity& shown;
    bool taken;
  } cases[] = {
      {"none asked, none shown", Auth::None, none, true},
      {"asked, none shown", Auth::Request, none, true},
      {"asked, any shown", Auth::Request, unknown, true},
      {"any required, none shown", Auth::RequireAny, none, false},
      {"any required, any shown", Auth::RequireAny, unknown, true},
      {"verified if given, none shown", Auth::VerifyIfGiven, none, true},
      {"verified if given, unknown", Auth::VerifyIfGiven, unknown, false},
      {"verified, none shown", Auth::RequireAndVerify, none, false},
      {"verified, unknown", Auth::RequireAndVerify, unknown, false},
      {"verified, known", Auth::RequireAndVerify, known, true},
  };
  config_.client_ca.value = authority_.pem();
  std::uint64_t refused = 0;
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    config_.client_auth = c.auth;
    listen();
    TlsClient client = connect({.identity = c.shown});
    client.send("hello");
    ASSERT_TRUE(run_until(loop_, [&] { return received_ == "hello" || ended_; }));
    EXPECT_EQ(received_ == "hello", c.taken);
    if (!c.taken) ++refused;
    EXPECT_EQ(counted("tls_handshakes_failed_total"), refused);
  }
}

TEST_F(TlsServerTest, RefusesWhatIsNoTls) {
  config_.handshake_timeout = 30ms;
  listen();
  const struct {
    const char *name, *said, *error;
  } cases[] = {
      {"HTTP in clear text", "GET / HTTP/1.1\r\nHost: x\r\n\r\n", "http request"},
      {"syslog in clear text", "<13>1 - - - - - - hello\n", "wrong version number"},
      {"nothing at all", "", "it took too long"},
  };
  std::uint64_t refused = 0;
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    ended_.reset();
    RawClient client(loop_, listener_->local());
    client.send(c.said);
    ASSERT_TRUE(run_until(loop_, [&] { return ended_.has_value(); }));
    ASSERT_FALSE(*ended_);
    EXPECT_EQ(ended_->error().message, "TLS handshake: "s + c.error);
    EXPECT_EQ(counted("tls_handshakes_failed_total"), ++refused);
  }
}

TEST_F(TlsServerTest, OldVersionsAreRefusedUnlessAskedFor) {
  listen();
  TlsClient client = connect({.max_version = TLS1_1_VERSION});
  EXPECT_FALSE(client.shaken());
  config_.min_version = "TLS13";
  listen();
  TlsClient newer = connect({.max_version = TLS1_2_VERSION});
  EXPECT_FALSE(newer.shaken());
}

TEST_F(TlsServerTest, ReplacedCertificatesCountForTheNextConnection) {
  listen();
  TlsClient before = connect();
  EXPECT_EQ(before.server_name(), "first");
  const Identity second = authority_.sign("second one");  // another size: the clock may stand still
  write("cert.pem", second.cert);
  TlsClient between = connect();  // certificate and key do not belong together
  EXPECT_EQ(between.server_name(), "first");
  EXPECT_EQ(counted("tls_reloads_failed_total"), 1U);
  write("key.pem", second.key + "\n");
  TlsClient after = connect();
  EXPECT_EQ(after.server_name(), "second one");
  write("cert.pem", "no certificate");
  TlsClient broken = connect();
  EXPECT_EQ(broken.server_name(), "second one");
  EXPECT_EQ(counted("tls_reloads_failed_total"), 2U);
  before.send("still here");
  loop_.run_for(1ms);
  EXPECT_TRUE(before.shaken());
}

TEST_F(TlsServerTest, SaysWhichFileIsBad) {
  write("other.pem", authority_.sign("other").key);
  write("empty.pem", "");
  const struct {
    const char* name;
    std::string cert, key, client_ca, error;
  } cases[] = {
      {"no file", "gone.pem", "key.pem", "", "gone.pem: No such file"},
      {"no certificate", "key.pem", "key.pem", "", "key.pem: no certificate that can be used"},
      {"no key", "cert.pem", "cert.pem", "", "cert.pem: no private key that can be used"},
      {"another's key", "cert.pem", "other.pem", "",
       "other.pem: the key does not belong to the certificate"},
      {"no authority", "cert.pem", "key.pem", "key.pem", "key.pem: no certificate in it"},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    TlsServerConfig config;
    config.cert.file = path(c.cert);
    config.key.file = path(c.key);
    if (!c.client_ca.empty()) config.client_ca.file = path(c.client_ca);
    const auto made = TlsServer::make(loop_, config, log_, scope_);
    ASSERT_FALSE(made);
    EXPECT_EQ(made.error().kind, ErrorKind::Config);
    EXPECT_THAT(made.error().message, HasSubstr(c.error));
  }
}

TEST_F(TlsServerTest, HttpServerSpeaksBothProtocolsOverIt) {
  auto server = HttpServer::listen(loop_, {"127.0.0.1", 0}, {}, log_, scope_, config_);
  ASSERT_TRUE(server) << server.error().message;
  Route route;
  route.method = "POST";
  route.path = "/echo";
  route.handler = [](Request request, Responder responder) {
    Response response;
    response.body = "heard " + request.body;
    responder.send(std::move(response));
  };
  (*server)->add_route(std::move(route));
  const struct {
    const char *name, *offered, *agreed;
  } cases[] = {
      {"both", "\x02h2\x08http/1.1", "h2"},
      {"the old one first", "\x08http/1.1\x02h2", "h2"},
      {"the old one", "\x08http/1.1", "http/1.1"},
      {"none", "", ""},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    const TlsClient client(loop_, (*server)->local(), {.protocols = c.offered});
    EXPECT_TRUE(client.shaken());
    EXPECT_EQ(client.protocol(), c.agreed);
  }
  const TlsClient odd(loop_, (*server)->local(),
                      {.protocols = "\x04"
                                    "smtp"});
  EXPECT_FALSE(odd.shaken());
  for (const bool newer : {true, false}) {
    model::HttpClientConfig config;
    config.tls.ca = authority_.pem();
    config.enable_http2 = newer;
    HttpClient client(loop_, config);
    ClientRequest request;
    request.method = "POST";
    request.url = "https://" + loop::to_string((*server)->local()) + "/echo";
    request.body = std::make_shared<const std::string>("hello");
    std::optional<Result<ClientResponse>> answer;
    const auto call = client.start(std::move(request), [&](auto result) { answer = result; });
    ASSERT_TRUE(run_until(loop_, [&] { return answer.has_value(); }));
    ASSERT_TRUE(*answer) << answer->error().message;
    EXPECT_EQ((*answer)->body, "heard hello");
  }
}

TEST(TlsServerConfig, ReadsPrometheusForm) {
  const struct {
    const char *name, *yaml, *error;
  } cases[] = {
      {"files", "{cert_file: c, key_file: k}", ""},
      {"verified clients",
       "{cert_file: c, key_file: k, client_ca_file: a, client_auth_type: "
       "RequireAndVerifyClientCert, min_version: TLS13}",
       ""},
      {"no key", "{cert_file: c}", "a certificate is needed: cert_file and key_file"},
      {"text and file", "{cert: x, cert_file: c, key_file: k}", "cert or cert_file, not both"},
      {"an unknown type", "{cert_file: c, key_file: k, client_auth_type: Maybe}",
       "NoClientCert, RequestClientCert"},
      {"verified without authority",
       "{cert_file: c, key_file: k, client_auth_type: VerifyClientCertIfGiven}",
       "this needs client_ca_file"},
      {"authority without a type", "{cert_file: c, key_file: k, client_ca_file: a}",
       "no effect without client_auth_type"},
      {"versions", "{cert_file: c, key_file: k, min_version: TLS13, max_version: TLS12}",
       "max_version is below min_version"},
      {"unknown key", "{cert_file: c, key_file: k, cert_fil: x}", "cert_fil"},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    config::Report report;
    const auto node = config::parse(c.yaml);
    ASSERT_TRUE(node);
    config::Reader in(*node, config::Keys::Strict, report, "tls");
    read_tls_server_config(in);
    const Status read = in.finish();
    ASSERT_EQ(static_cast<bool>(read), *c.error == '\0');
    EXPECT_THAT(read ? "" : read.error().message, HasSubstr(c.error));
  }
}

}  // namespace
}  // namespace agent::net
