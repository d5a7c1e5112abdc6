#include "agent/net/http_client.h"

#include <cstdlib>
#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/run_until.h"
#include "tests/support/scripted_server.h"
#include "tests/support/temp_dir.h"

namespace agent::net {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;
using ::testing::Not;
using testing::ScriptedServer;
using Reply = ScriptedServer::Reply;
using Received = ScriptedServer::Received;

class HttpClientTest : public ::testing::Test {
 protected:
  Result<ClientResponse> fetch(HttpClient& client, ClientRequest request) {
    std::optional<Result<ClientResponse>> answer;
    const auto call = client.start(std::move(request), [&](auto result) { answer = result; });
    EXPECT_FALSE(answer.has_value()) << "answered before start() returned";
    EXPECT_TRUE(testing::run_until(loop_, [&] { return answer.has_value(); }));
    return answer ? *answer : Error{ErrorKind::Internal, "no answer"};
  }
  Result<ClientResponse> get(const std::string& url, model::HttpClientConfig config = {}) {
    HttpClient client(loop_, std::move(config));
    ClientRequest request;
    request.url = url;
    return fetch(client, std::move(request));
  }
  // Several turns, in which something that must not happen could happen.
  void turn() { loop_.run_for(20ms); }

  loop::EventLoop loop_;
};

ClientRequest push_to(const std::string& url, std::string body) {
  ClientRequest request;
  request.method = "POST";
  request.url = url;
  request.body = std::make_shared<const std::string>(std::move(body));
  return request;
}

model::HttpClientConfig with_basic_auth() {
  model::HttpClientConfig config;
  config.auth = model::HttpClientConfig::Auth::Basic;
  config.basic.username = "ann";
  config.basic.password.value = "marker-secret";
  return config;
}

model::HttpClientConfig with_bearer(model::Secret secret) {
  model::HttpClientConfig config;
  config.auth = model::HttpClientConfig::Auth::Bearer;
  config.credentials = std::move(secret);
  return config;
}

void write(const std::filesystem::path& path, const std::string& text) {
  std::ofstream(path, std::ios::trunc) << text;
}

TEST_F(HttpClientTest, SendsWhatWasAskedAndNothingElse) {
  ScriptedServer server(loop_, [](const Received&) {
    return ScriptedServer::answer(200, "page", "Content-Type: text/plain\r\nX-Two: a\r\n");
  });
  HttpClient client(loop_, {});
  ClientRequest request;
  request.url = server.url("/metrics?a=b");
  request.headers.add("User-Agent", "dunlin/1");
  request.headers.add("X-Empty", "");
  const auto answer = fetch(client, request);
  ASSERT_TRUE(answer) << answer.error().message;
  EXPECT_EQ(answer->status, 200);
  EXPECT_EQ(answer->body, "page");
  EXPECT_EQ(answer->headers.get("content-type"), "text/plain");
  EXPECT_EQ(answer->headers.begin()->name, "content-length");
  ASSERT_EQ(server.requests().size(), 1U);
  EXPECT_EQ(server.requests()[0].head, "GET /metrics?a=b HTTP/1.1\r\nHost: " + server.host_port() +
                                           "\r\nUser-Agent: dunlin/1\r\nX-Empty:\r\n");
}

TEST_F(HttpClientTest, PostsABodyWithoutExpect) {
  ScriptedServer server(loop_, [](const Received&) { return ScriptedServer::answer(204, ""); });
  HttpClient client(loop_, {});
  const std::string body(2U << 20U, 'x');
  const auto answer = fetch(client, push_to(server.url("/push"), body));
  ASSERT_TRUE(answer) << answer.error().message;
  EXPECT_EQ(answer->status, 204);
  EXPECT_EQ(server.requests()[0].line(), "POST /push HTTP/1.1");
  EXPECT_EQ(server.requests()[0].body, body);
  EXPECT_EQ(server.requests()[0].header("expect"), "<none>");
  EXPECT_EQ(server.requests()[0].header("content-type"), "<none>");
}

TEST_F(HttpClientTest, AnyStatusIsAnAnswer) {
  ScriptedServer server(loop_, [](const Received&) { return ScriptedServer::answer(503, "no"); });
  const auto answer = get(server.url());
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->status, 503);
  EXPECT_EQ(answer->body, "no");
}

TEST_F(HttpClientTest, KeepsTheConnection) {
  ScriptedServer server(loop_, [](const Received&) { return ScriptedServer::answer(200, "ok"); });
  HttpClient client(loop_, {});
  ClientRequest request;
  request.url = server.url();
  for (int i = 0; i < 3; ++i)
    ASSERT_TRUE(fetch(client, request));
  EXPECT_EQ(server.requests().size(), 3U);
  EXPECT_EQ(server.connections(), 1U);
}

TEST_F(HttpClientTest, SendsCredentials) {
  const struct {
    const char* name;
    model::HttpClientConfig config;
    const char* wanted;
  } cases[] = {
      {"none", {}, "<none>"},
      {"basic", with_basic_auth(), "Basic YW5uOm1hcmtlci1zZWNyZXQ="},
      {"bearer", with_bearer({"token", ""}), "Bearer token"},
      {"another type",
       [] {
         auto config = with_bearer({"k", ""});
         config.authorization_type = "Api-Key";
         return config;
       }(),
       "Api-Key k"},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    ScriptedServer server(loop_, [](const Received&) { return ScriptedServer::answer(200, ""); });
    ASSERT_TRUE(get(server.url(), c.config));
    EXPECT_EQ(server.requests()[0].header("authorization"), c.wanted);
  }
}

TEST_F(HttpClientTest, ReadsASecretFileAgainWhenItChanges) {
  const testing::TempDir folder;
  const auto path = folder.path() / "token";
  ScriptedServer server(loop_, [](const Received&) { return ScriptedServer::answer(200, ""); });
  HttpClient client(loop_, with_bearer({"", path.string()}));
  ClientRequest request;
  request.url = server.url();

  const auto missing = fetch(client, request);
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().kind, ErrorKind::Io);
  EXPECT_THAT(missing.error().message, HasSubstr(path.string()));

  write(path, "first\n");
  ASSERT_TRUE(fetch(client, request));
  write(path, "and-the-second\n");
  ASSERT_TRUE(fetch(client, request));
  EXPECT_EQ(server.requests()[0].header("authorization"), "Bearer first");
  EXPECT_EQ(server.requests()[1].header("authorization"), "Bearer and-the-second");

  write(path, "two\r\nX-Injected: lines");
  const auto broken = fetch(client, request);
  ASSERT_FALSE(broken);
  EXPECT_EQ(broken.error().kind, ErrorKind::Config);
  EXPECT_THAT(broken.error().message, Not(HasSubstr("Injected")));
}

TEST_F(HttpClientTest, RedirectsKeepCredentialsOnTheSameHostOnly) {
  ScriptedServer other(loop_, [](const Received&) { return ScriptedServer::answer(200, "other"); });
  ScriptedServer server(loop_, [&](const Received& received) {
    if (received.line() == "GET /near HTTP/1.1")
      return ScriptedServer::answer(302, "", "Location: here?x=1\r\n");
    if (received.line() == "GET /far HTTP/1.1")
      return ScriptedServer::answer(301, "", "Location: " + other.url("/there") + "\r\n");
    return ScriptedServer::answer(200, "same");
  });
  auto config = with_basic_auth();
  config.headers.push_back({"X-Plain", {"p"}, {}});
  config.headers.push_back({"X-Secret", {}, {{"s", ""}}});

  const auto near = get(server.url("/near"), config);
  ASSERT_TRUE(near) << near.error().message;
  EXPECT_EQ(near->body, "same");
  EXPECT_EQ(server.requests()[1].line(), "GET /here?x=1 HTTP/1.1");
  EXPECT_THAT(server.requests()[1].header("authorization"), HasSubstr("Basic"));
  EXPECT_EQ(server.requests()[1].header("x-secret"), "s");

  const auto far = get(server.url("/far"), config);
  ASSERT_TRUE(far) << far.error().message;
  EXPECT_EQ(far->body, "other");
  ASSERT_EQ(other.requests().size(), 1U);
  EXPECT_EQ(other.requests()[0].header("authorization"), "<none>");
  EXPECT_EQ(other.requests()[0].header("x-secret"), "<none>");
  EXPECT_EQ(other.requests()[0].header("x-plain"), "p");
}

TEST_F(HttpClientTest, ARedirectedPushStaysAPush) {
  for (const int status : {301, 302, 307, 308}) {
    SCOPED_TRACE(status);
    ScriptedServer server(loop_, [status](const Received& received) {
      return received.line() == "POST /old HTTP/1.1"
                 ? ScriptedServer::answer(status, "moved", "Location: /new\r\n")
                 : ScriptedServer::answer(204, "");
    });
    HttpClient client(loop_, {});
    const auto answer = fetch(client, push_to(server.url("/old"), "data"));
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->status, 204);
    ASSERT_EQ(server.requests().size(), 2U);
    EXPECT_EQ(server.requests()[1].line(), "POST /new HTTP/1.1");
    EXPECT_EQ(server.requests()[1].body, "data");
  }
}

TEST_F(HttpClientTest, RedirectsHaveLimits) {
  int status = 302;
  std::string location = "/again";
  ScriptedServer server(loop_, [&](const Received&) {
    return ScriptedServer::answer(status, "", "Location: " + location + "\r\n");
  });
  HttpClient client(loop_, {});
  ClientRequest request;
  request.url = server.url();

  const auto round = fetch(client, request);
  ASSERT_FALSE(round);
  EXPECT_THAT(round.error().message, HasSubstr("too many redirects"));
  EXPECT_EQ(server.requests().size(), 11U);

  const auto pushed = fetch(client, push_to(server.url(), "x"));
  ASSERT_FALSE(pushed);
  EXPECT_EQ(server.requests().size(), 11U + 4U);

  location = "ftp://127.0.0.1/x";
  const auto foreign = fetch(client, request);
  ASSERT_FALSE(foreign);
  EXPECT_EQ(foreign.error().kind, ErrorKind::Network);

  status = 303;
  location = "/see";
  const auto see_other = fetch(client, push_to(server.url(), "x"));
  ASSERT_TRUE(see_other);
  EXPECT_EQ(see_other->status, 303);

  model::HttpClientConfig config;
  config.follow_redirects = false;
  const auto answer = get(server.url(), config);
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->status, 303);
}

TEST_F(HttpClientTest, EndsABodyPastTheLimit) {
  const struct {
    const char* name;
    std::size_t size;
    bool fits;
  } cases[] = {{"at the limit", 1000, true}, {"just past it", 1001, false}};
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    ScriptedServer server(loop_, [&](const Received&) {
      return ScriptedServer::answer(200, std::string(c.size, 'b'));
    });
    HttpClient client(loop_, {});
    ClientRequest request;
    request.url = server.url();
    request.max_response_bytes = 1000;
    const auto answer = fetch(client, request);
    EXPECT_EQ(answer.has_value(), c.fits);
    if (answer) continue;
    EXPECT_EQ(answer.error().kind, ErrorKind::Input);
    EXPECT_THAT(answer.error().message, HasSubstr("body is larger than 1000 B"));
  }
}

TEST_F(HttpClientTest, StreamsTheBodyOfA200Only) {
  int status = 200;
  ScriptedServer server(loop_, [&](const Received&) {
    return ScriptedServer::answer(status, std::string(50000, 'b'));
  });
  HttpClient client(loop_, {});
  std::size_t streamed = 0;
  bool goes_on = true;
  ClientRequest request;
  request.url = server.url();
  request.on_body = [&](std::string_view bytes) {
    streamed += bytes.size();
    return goes_on;
  };
  auto answer = fetch(client, request);
  ASSERT_TRUE(answer);
  EXPECT_EQ(streamed, 50000U);
  EXPECT_EQ(answer->body, "");

  status = 500;
  answer = fetch(client, request);
  ASSERT_TRUE(answer);
  EXPECT_EQ(streamed, 50000U);
  EXPECT_EQ(answer->body.size(), 50000U);

  status = 200;
  goes_on = false;
  answer = fetch(client, request);
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().kind, ErrorKind::Input);
}

TEST_F(HttpClientTest, ABodyMayBePausedAndHasNoEndWithoutATimeout) {
  ScriptedServer server(loop_, [](const Received&) {
    return ScriptedServer::answer(200, std::string(4U << 20U, 'b'));
  });
  HttpClient client(loop_, {});
  std::size_t streamed = 0;
  std::optional<Result<ClientResponse>> answer;
  HttpClient::Call call;
  ClientRequest request;
  request.url = server.url();
  request.timeout = Duration::zero();
  request.on_body = [&](std::string_view bytes) {
    if (streamed == 0) call.pause();
    streamed += bytes.size();
    return true;
  };
  call = client.start(std::move(request), [&](auto result) { answer = result; });
  EXPECT_TRUE(testing::run_until(loop_, [&] { return streamed > 0; }));
  const std::size_t before = streamed;
  turn();
  EXPECT_EQ(streamed, before);
  call.resume();
  EXPECT_EQ(streamed, before) << "not from inside resume()";
  EXPECT_TRUE(testing::run_until(loop_, [&] { return answer.has_value(); }));
  EXPECT_TRUE(*answer);
  EXPECT_EQ(streamed, 4U << 20U);
}

TEST_F(HttpClientTest, APausedCallMayBeCancelled) {
  ScriptedServer server(loop_, [](const Received&) {
    return ScriptedServer::answer(200, std::string(1U << 20U, 'b'));
  });
  HttpClient client(loop_, {});
  int pieces = 0;
  HttpClient::Call call;
  ClientRequest request;
  request.url = server.url();
  request.on_body = [&](std::string_view) {
    ++pieces;
    call.pause();
    return true;
  };
  call = client.start(std::move(request), [&](const auto&) { pieces += 1000; });
  EXPECT_TRUE(testing::run_until(loop_, [&] { return pieces > 0; }));
  call.resume();
  call.cancel();
  turn();
  EXPECT_EQ(pieces, 1);
}

TEST_F(HttpClientTest, NamesWhatWentWrong) {
  const std::string bomb = "X-Bomb: " + std::string(60000, 'x') + "\r\n";
  const struct {
    const char* name;
    Reply reply;
    ErrorKind kind;
  } cases[] = {
      {"no answer", {"", Reply::After::KeepOpen}, ErrorKind::Timeout},
      {"closed without a word", {"", Reply::After::Close}, ErrorKind::Network},
      {"no HTTP", {"SSH-2.0-OpenSSH_9.2\r\n", Reply::After::Close}, ErrorKind::Network},
      {"cut short",
       {"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nx", Reply::After::Close},
       ErrorKind::Network},
      {"cut in its headers",
       {"HTTP/1.1 204 No Content\r\nx-half: ", Reply::After::Close},
       ErrorKind::Network},
      {"endless headers",
       {"HTTP/1.1 200 OK\r\n" + bomb + bomb + bomb + bomb + bomb + bomb},
       ErrorKind::Input},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    ScriptedServer server(loop_, [&](const Received&) { return c.reply; });
    HttpClient client(loop_, with_basic_auth());
    ClientRequest request;
    request.url = "http://joe:marker-secret@" + server.host_port() + "/?token=marker-secret";
    request.timeout = 100ms;
    const auto answer = fetch(client, request);
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().kind, c.kind) << answer.error().message;
    EXPECT_THAT(answer.error().message, HasSubstr(server.host_port() + ": "));
    EXPECT_THAT(answer.error().message, Not(HasSubstr("marker-secret")));
  }
}

TEST_F(HttpClientTest, RefusedConnectionsAndBadUrls) {
  std::string closed;
  {
    const ScriptedServer server(loop_, [](const Received&) { return Reply{}; });
    closed = server.host_port();
  }
  turn();
  const struct {
    const char* name;
    std::string url;
    ErrorKind kind;
    std::string words;
  } cases[] = {
      {"nobody listens", "http://" + closed + "/", ErrorKind::Network, "Connection refused"},
      {"other protocol", "ftp://joe:marker-secret@h/", ErrorKind::Config, "http:// or https://"},
      {"a file", "file:///etc/passwd", ErrorKind::Config, "http:// or https://"},
      {"no URL", "http://joe:marker-secret@a b/", ErrorKind::Config, "not valid"},
      {"empty", "", ErrorKind::Config, "http:// or https://"},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    const auto answer = get(c.url);
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().kind, c.kind) << answer.error().message;
    EXPECT_THAT(answer.error().message, HasSubstr(c.words));
    EXPECT_THAT(answer.error().message, Not(HasSubstr("marker-secret")));
  }
}

TEST_F(HttpClientTest, ACancelledCallIsSilent) {
  ScriptedServer server(loop_, [](const Received&) { return ScriptedServer::answer(200, "x"); });
  HttpClient client(loop_, {});
  ClientRequest request;
  request.url = server.url();
  int done = 0;
  const auto count = [&](const auto&) { ++done; };
  { const auto dropped = client.start(request, count); }
  auto cancelled = client.start(request, count);
  cancelled.cancel();
  request.url = "nonsense";
  { const auto failing = client.start(request, count); }
  turn();
  EXPECT_EQ(done, 0);
}

TEST_F(HttpClientTest, ACallMayBeCancelledFromItsOwnBody) {
  ScriptedServer server(loop_, [](const Received&) { return ScriptedServer::answer(200, "x"); });
  HttpClient client(loop_, {});
  int done = 0;
  int pieces = 0;
  HttpClient::Call call;
  HttpClient::Call next;
  ClientRequest request;
  request.url = server.url();
  ClientRequest plain = request;
  request.on_body = [&](std::string_view) {
    ++pieces;
    call.cancel();
    next = client.start(plain, [&](const auto& answer) { done += answer ? 1 : 100; });
    return true;
  };
  call = client.start(request, [&](const auto&) { done += 1000; });
  EXPECT_TRUE(testing::run_until(loop_, [&] { return done > 0; }));
  EXPECT_EQ(pieces, 1);
  EXPECT_EQ(done, 1);
}

TEST_F(HttpClientTest, AClientMayDieInItsCallbacks) {
  ScriptedServer server(loop_, [](const Received&) { return ScriptedServer::answer(200, "x"); });
  ClientRequest request;
  request.url = server.url();
  int done = 0;
  {
    auto client = std::make_unique<HttpClient>(loop_, model::HttpClientConfig());
    const auto first = client->start(request, [&](const auto&) {
      ++done;
      client.reset();
    });
    const auto second = client->start(request, [&](const auto&) {
      ++done;
      client.reset();
    });
    EXPECT_TRUE(testing::run_until(loop_, [&] { return done > 0; }));
    turn();
    EXPECT_EQ(done, 1);
  }
  {
    auto client = std::make_unique<HttpClient>(loop_, model::HttpClientConfig());
    int pieces = 0;
    request.on_body = [&](std::string_view) {
      ++pieces;
      client.reset();
      return true;
    };
    const auto call = client->start(request, [&](const auto&) { done += 100; });
    EXPECT_TRUE(testing::run_until(loop_, [&] { return pieces > 0; }));
    turn();
    EXPECT_EQ(done, 1);
  }
}

TEST_F(HttpClientTest, ProxiesAreUsedOnlyWhenConfigured) {
  ScriptedServer proxy(loop_, [](const Received&) { return ScriptedServer::answer(200, "proxy"); });
  ScriptedServer server(loop_,
                        [](const Received&) { return ScriptedServer::answer(200, "direct"); });
  ::setenv("http_proxy", proxy.url().c_str(), 1);
  const auto direct = get(server.url("/a"));
  model::HttpClientConfig config;
  config.proxy.from_environment = true;
  const auto by_environment = get(server.url("/b"), config);
  ::unsetenv("http_proxy");
  config.proxy.from_environment = false;
  config.proxy.url = proxy.url();
  const auto by_config = get(server.url("/c"), config);
  config.proxy.no_proxy = "127.0.0.1";
  const auto excepted = get(server.url("/d"), config);
  ASSERT_TRUE(direct && by_environment && by_config && excepted);
  EXPECT_EQ(direct->body, "direct");
  EXPECT_EQ(by_environment->body, "proxy");
  EXPECT_EQ(by_config->body, "proxy");
  EXPECT_EQ(proxy.requests().back().line(), "GET " + server.url("/c") + " HTTP/1.1");
  EXPECT_EQ(excepted->body, "direct");
}

TEST_F(HttpClientTest, TheProxyAloneGetsItsHeaders) {
  ScriptedServer proxy(loop_, [](const Received&) { return ScriptedServer::answer(407, ""); });
  model::HttpClientConfig config;
  config.proxy.url = proxy.url();
  config.proxy.connect_headers.push_back({"X-Zone", {}, {{"a", ""}, {"b", ""}}});
  const auto tunnel = get("https://backend.example/push", config);
  ASSERT_FALSE(tunnel);
  EXPECT_THAT(tunnel.error().message, HasSubstr("407"));
  ASSERT_EQ(proxy.requests().size(), 1U);
  EXPECT_EQ(proxy.requests()[0].line(), "CONNECT backend.example:443 HTTP/1.1");
  EXPECT_THAT(proxy.requests()[0].head, HasSubstr("X-Zone: a\r\nX-Zone: b\r\n"));

  const auto passed_on = get("http://backend.example/push", config);
  ASSERT_TRUE(passed_on);
  EXPECT_EQ(proxy.requests()[1].header("x-zone"), "<none>");

  config.proxy.connect_headers[0].secrets[0] = {"", "/nonexistent/secret"};
  const auto no_secret = get("https://backend.example/push", config);
  ASSERT_FALSE(no_secret);
  EXPECT_EQ(no_secret.error().kind, ErrorKind::Io);
  EXPECT_THAT(no_secret.error().message, HasSubstr("proxy_connect_header: X-Zone: "));
}

}  // namespace
}  // namespace agent::net
