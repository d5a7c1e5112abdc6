// HTTP/1.1 over real sockets.
#include <vector>

#include <gtest/gtest.h>

#include "tests/support/raw_client.h"
#include "tests/support/test_http_server.h"

namespace agent::net {
namespace {

using namespace std::literals;
using agent::testing::RawClient;
using agent::testing::run_until;
using agent::testing::TestHttpServer;

constexpr std::uint64_t kMaxBody = 16;

ServerLimits small_limits() {
  ServerLimits limits;
  limits.max_header_bytes = 512;
  limits.header_timeout = limits.body_timeout = limits.idle_timeout = 40ms;
  return limits;
}

class H1ServerTest : public ::testing::Test {
 protected:
  explicit H1ServerTest(ServerLimits limits = {}) : server_(loop_, limits) {
    server_.serve(
        "*", "/echo",
        [](const Request& request) {
          Response response;
          response.headers.add("x-seen", request.method + " " + request.query);
          response.body = request.body;
          return response;
        },
        kMaxBody);
    Route later;
    later.method = "GET";
    later.path = "/later";
    later.handler = [this](Request request, Responder responder) {
      waiting_.push_back({std::move(request), std::move(responder)});
    };
    server_.server->add_route(std::move(later));
  }
  RawClient connect() { return {loop_, server_.server->local()}; }
  static Response text(std::string body) {
    Response response;
    response.body = std::move(body);
    return response;
  }

  struct Waiting {
    Request request;
    Responder responder;
  };
  loop::EventLoop loop_;
  TestHttpServer server_;
  std::vector<Waiting> waiting_;
};

class H1SmallServerTest : public H1ServerTest {
 protected:
  H1SmallServerTest() : H1ServerTest(small_limits()) {}
};

TEST_F(H1ServerTest, AnswersAndKeepsOrClosesTheConnection) {
  const struct {
    const char *name, *request, *answer;  // the whole answer
    bool closes;
  } cases[] = {
      {"GET", "GET /echo?a=1 HTTP/1.1\r\nHost: x\r\n\r\n",
       "HTTP/1.1 200 OK\r\nx-seen: GET a=1\r\ncontent-length: 0\r\n\r\n", false},
      {"a body with a length", "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc",
       "HTTP/1.1 200 OK\r\nx-seen: POST\r\ncontent-length: 3\r\n\r\nabc", false},
      {"a chunked body, extension and trailer",
       "POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
       "2;x=y\r\nab\r\n1\r\nc\r\n0\r\nX-Trailer: t\r\n\r\n",
       "HTTP/1.1 200 OK\r\nx-seen: POST\r\ncontent-length: 3\r\n\r\nabc", false},
      {"HEAD has the length and no body",
       "HEAD /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc",
       "HTTP/1.1 200 OK\r\nx-seen: HEAD\r\ncontent-length: 3\r\n\r\n", false},
      {"the body limit",
       "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 16\r\n\r\n0123456789abcdef",
       "HTTP/1.1 200 OK\r\nx-seen: POST\r\ncontent-length: 16\r\n\r\n0123456789abcdef", false},
      {"past the body limit",
       "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 17\r\n\r\n0123456789abcdefg",
       "HTTP/1.1 413 Content Too Large\r\ncontent-type: text/plain; charset=utf-8\r\n"
       "content-length: 33\r\n\r\nthe body is larger than 16 bytes\n",
       false},
      {"past it in chunks",
       "POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
       "11\r\n0123456789abcdefg\r\n0\r\n\r\n",
       "HTTP/1.1 413 Content Too Large\r\ncontent-type: text/plain; charset=utf-8\r\n"
       "content-length: 33\r\n\r\nthe body is larger than 16 bytes\n",
       false},
      {"a body that is longer than we care to discard",
       "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999\r\n\r\n",
       "HTTP/1.1 413 Content Too Large\r\ncontent-type: text/plain; charset=utf-8\r\n"
       "content-length: 33\r\nconnection: close\r\n\r\nthe body is larger than 16 bytes\n",
       true},
      {"no such path, with a body", "POST /x HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\nab",
       "HTTP/1.1 404 Not Found\r\ncontent-type: text/plain; charset=utf-8\r\n"
       "content-length: 10\r\n\r\nNot Found\n",
       false},
      {"no such method", "PUT /later HTTP/1.1\r\nHost: x\r\n\r\n",
       "HTTP/1.1 405 Method Not Allowed\r\ncontent-type: text/plain; charset=utf-8\r\n"
       "allow: GET, HEAD\r\ncontent-length: 19\r\n\r\nMethod Not Allowed\n",
       false},
      {"Connection: close", "GET /echo HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
       "HTTP/1.1 200 OK\r\nx-seen: GET\r\ncontent-length: 0\r\nconnection: close\r\n\r\n", true},
      {"HTTP/1.0", "GET /echo HTTP/1.0\r\n\r\n",
       "HTTP/1.1 200 OK\r\nx-seen: GET\r\ncontent-length: 0\r\nconnection: close\r\n\r\n", true},
      {"HTTP/1.0 that stays", "GET /echo HTTP/1.0\r\nConnection: keep-alive\r\n\r\n",
       "HTTP/1.1 200 OK\r\nx-seen: GET\r\ncontent-length: 0\r\nconnection: keep-alive\r\n\r\n",
       false},
      {"an absolute target", "GET http://host/echo?q HTTP/1.1\r\nHost: x\r\n\r\n",
       "HTTP/1.1 200 OK\r\nx-seen: GET q\r\ncontent-length: 0\r\n\r\n", false},
      {"an upgrade that is not taken",
       "GET /echo HTTP/1.1\r\nHost: x\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\n"
       "HTTP2-Settings: AAMAAABkAAQAAP__\r\n\r\n",
       "HTTP/1.1 200 OK\r\nx-seen: GET\r\ncontent-length: 0\r\n\r\n", false},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    auto client = connect();
    client.send(c.request);
    const std::string answer = c.answer;
    ASSERT_TRUE(client.sees(answer.substr(answer.find("\r\n\r\n"))));
    EXPECT_EQ(client.received(), answer);
    if (c.closes) {
      EXPECT_EQ(client.read_to_end(), answer);
      continue;
    }
    client.clear();
    client.send("GET /echo?again HTTP/1.1\r\nHost: x\r\n\r\n");
    EXPECT_TRUE(client.sees("x-seen: GET again")) << "the connection lives on";
  }
  EXPECT_EQ(server_.protocol_errors(), 0U);
}

TEST_F(H1ServerTest, RequestsMayArriveByteByByte) {
  auto client = connect();
  const std::string request =
      "POST /echo?q HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n";
  for (const char c : request) {
    client.send({&c, 1});
    loop_.run_for(Duration::zero());
  }
  EXPECT_TRUE(client.sees("content-length: 3\r\n\r\nabc"));
}

TEST_F(H1ServerTest, PipelinedRequestsAreAnsweredInOrder) {
  auto client = connect();
  client.send(
      "GET /later?1 HTTP/1.1\r\nHost: x\r\n\r\n"
      "POST /echo?2 HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\n\r\na"
      "GET /later?3 HTTP/1.1\r\nHost: x\r\n\r\n");
  ASSERT_TRUE(run_until(loop_, [&] { return waiting_.size() == 1; }));
  EXPECT_EQ(client.received(), "") << "the second waits for the first";
  waiting_[0].responder.send(text("first"));
  ASSERT_TRUE(run_until(loop_, [&] { return waiting_.size() == 2; }));
  EXPECT_EQ(waiting_[1].request.query, "3");
  waiting_[1].responder.send(text("third"));
  ASSERT_TRUE(client.sees("third"));
  EXPECT_EQ(client.received(),
            "HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nfirst"
            "HTTP/1.1 200 OK\r\nx-seen: POST 2\r\ncontent-length: 1\r\n\r\na"
            "HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nthird");
}

TEST_F(H1ServerTest, ContinuesOnlyWhereTheBodyIsWanted) {
  auto client = connect();
  client.send(
      "POST /echo HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n");
  ASSERT_TRUE(client.sees("HTTP/1.1 100 Continue\r\n\r\n"));
  client.send("abc");
  EXPECT_TRUE(client.sees("\r\n\r\nabc"));
  auto refused = connect();
  refused.send(
      "POST /echo HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 17\r\n\r\n");
  const auto answer = refused.read_to_end();
  ASSERT_TRUE(answer);
  EXPECT_TRUE(answer->starts_with("HTTP/1.1 413 ")) << *answer;
}

TEST_F(H1SmallServerTest, MalformedRequestsAreRefusedAndCounted) {
  const std::string long_name(480, 'n');
  const struct {
    const char* name;
    std::string request;
    const char* status;
  } cases[] = {
      {"no HTTP", "hello\r\n\r\n", "400"},
      {"TLS", "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", "400"},
      {"no Host", "GET / HTTP/1.1\r\n\r\n", "400"},
      {"two lengths",
       "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n", "400"},
      {"a length and chunks",
       "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
       "400"},
      {"a length that is no number", "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: x\r\n\r\n",
       "400"},
      {"a length past 64 bits",
       "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999999999999\r\n\r\n", "400"},
      {"a bad chunk size",
       "POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n", "400"},
      {"a blank before the colon", "GET / HTTP/1.1\r\nHost : x\r\n\r\n", "400"},
      {"a zero in a header", "GET / HTTP/1.1\r\nHost: x\0y\r\n\r\n"s, "400"},
      {"a header past the limit", "GET / HTTP/1.1\r\nHost: x\r\n" + long_name + ": v\r\n\r\n",
       "431"},
      {"a target past the limit", "GET /" + std::string(512, 'a') + " HTTP/1.1\r\n", "431"},
      {"many small headers",
       "GET / HTTP/1.1\r\nHost: x\r\n" +
           [] {
             std::string many;
             for (int i = 0; i < 20; ++i)
               many += "a: b\r\n";
             return many;
           }(),
       "431"},
  };
  auto bystander = connect();
  bystander.send("GET /later HTTP/1.1\r\nHost: x\r\n\r\n");
  ASSERT_TRUE(run_until(loop_, [&] { return waiting_.size() == 1; }));
  std::uint64_t errors = 0;
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    auto client = connect();
    client.send(c.request);
    const auto answer = client.read_to_end();
    ASSERT_TRUE(answer) << "the connection closes";
    EXPECT_TRUE(answer->starts_with("HTTP/1.1 "s + c.status)) << *answer;
    EXPECT_NE(answer->find("connection: close\r\n"), std::string::npos);
    EXPECT_EQ(server_.protocol_errors(), ++errors);
  }
  waiting_[0].responder.send(text("undisturbed"));
  EXPECT_TRUE(bystander.sees("undisturbed"));
}

TEST_F(H1SmallServerTest, HeadersAtTheLimitPass) {
  // target 5 + (Host + x + 32) + (name + v + 32) = 512
  const std::string name(512 - 5 - 37 - 33, 'n');
  auto client = connect();
  client.send("GET /echo HTTP/1.1\r\nHost: x\r\n" + name + ": v\r\n\r\n");
  EXPECT_TRUE(client.sees("HTTP/1.1 200"));
  auto past = connect();
  past.send("GET /echo HTTP/1.1\r\nHost: x\r\nn" + name + ": v\r\n\r\n");
  EXPECT_TRUE(past.sees("HTTP/1.1 431")) << past.received();
}

TEST_F(H1SmallServerTest, SlownessEndsConnections) {
  const struct {
    const char *name, *sends, *answer;
  } cases[] = {
      {"nothing at all", "", ""},
      {"half a preface", "PRI * HT", ""},
      {"half a head", "GET /echo HTTP/1.1\r\nHo", "HTTP/1.1 408 "},
      {"half a body", "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\nab",
       "HTTP/1.1 408 "},
      {"idle after an answer", "GET /echo HTTP/1.1\r\nHost: x\r\n\r\n", "HTTP/1.1 200 "},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    auto client = connect();
    client.send(c.sends);
    const auto answer = client.read_to_end();
    ASSERT_TRUE(answer);
    EXPECT_TRUE(answer->starts_with(c.answer)) << *answer;
  }
  EXPECT_TRUE(run_until(loop_, [&] { return server_.connections() == 0; }));
}

TEST_F(H1ServerTest, HalfACloseStillGetsItsAnswer) {
  auto client = connect();
  client.send("GET /later HTTP/1.1\r\nHost: x\r\n\r\n");
  client.shutdown();
  ASSERT_TRUE(run_until(loop_, [&] { return waiting_.size() == 1; }));
  loop_.run_for(1ms);
  waiting_[0].responder.send(text("late"));
  const auto answer = client.read_to_end();
  ASSERT_TRUE(answer);
  EXPECT_TRUE(answer->ends_with("late"));
}

TEST_F(H1ServerTest, AnswersToTheGoneAreThrownAway) {
  {
    auto client = connect();
    client.send("GET /later HTTP/1.1\r\nHost: x\r\n\r\n");
    ASSERT_TRUE(run_until(loop_, [&] { return waiting_.size() == 1; }));
  }
  ASSERT_TRUE(run_until(loop_, [&] {
    return server_.connections() == 0 || (waiting_[0].responder.send(text("x")), false);
  }));
}

TEST_F(H1ServerTest, AForgottenRequestIsAnswered500) {
  auto client = connect();
  client.send("GET /later HTTP/1.1\r\nHost: x\r\n\r\n");
  ASSERT_TRUE(run_until(loop_, [&] { return waiting_.size() == 1; }));
  waiting_.clear();
  EXPECT_TRUE(client.sees("HTTP/1.1 500 "));
  EXPECT_EQ(server_.answered(500), 1U);
}

TEST_F(H1ServerTest, HeadersCannotBeInjected) {
  server_.serve("GET", "/inject", [](const Request&) {
    Response response;
    response.headers.add("x-a", "1\r\nx-b: 2");
    response.headers.add("Content-Length", "99");
    return response;
  });
  auto client = connect();
  client.send("GET /inject HTTP/1.1\r\nHost: x\r\n\r\n");
  ASSERT_TRUE(client.sees("\r\n\r\n"));
  EXPECT_EQ(client.received(), "HTTP/1.1 200 OK\r\nx-a: 1x-b: 2\r\ncontent-length: 0\r\n\r\n");
}

TEST_F(H1ServerTest, AClientThatDoesNotReadHoldsBackItself) {
  int handled = 0;
  server_.serve("GET", "/big", [&handled](const Request&) {
    ++handled;
    return text(std::string(1 << 20U, 'x'));
  });
  auto client = connect();
  client.stream().pause_reading();
  std::string requests;
  constexpr int kRequests = 64;
  for (int i = 0; i < kRequests; ++i)
    requests += "GET /big HTTP/1.1\r\nHost: x\r\n\r\n";
  client.send(requests);
  loop_.run_for(50ms);
  EXPECT_LT(handled, kRequests / 2) << "answers that nobody reads are not made";
  client.stream().resume_reading();
  EXPECT_TRUE(run_until(loop_, [&] { return handled == kRequests; }));
}

TEST(HttpServer, RefusesConnectionsPastItsLimit) {
  loop::EventLoop loop;
  ServerLimits limits;
  limits.max_connections = 2;
  const TestHttpServer server(loop, limits);
  RawClient first(loop, server.server->local());
  RawClient second(loop, server.server->local());
  ASSERT_TRUE(run_until(loop, [&] { return server.connections() == 2; }));
  RawClient third(loop, server.server->local());
  EXPECT_TRUE(third.read_to_end());
  EXPECT_EQ(server.scope.counter("http_connections_refused_total").value(), 1U);
  first.send("GET /x HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_TRUE(first.sees("404"));
}

TEST_F(H1ServerTest, DrainAnswersWhatIsOpenAndTakesNothingNew) {
  auto idle = connect();
  auto busy = connect();
  busy.send("GET /later HTTP/1.1\r\nHost: x\r\n\r\n");
  ASSERT_TRUE(run_until(loop_, [&] { return waiting_.size() == 1; }));
  const auto address = server_.server->local();
  bool drained = false;
  server_.server->drain(10s, [&] { drained = true; });
  EXPECT_TRUE(idle.read_to_end());
  EXPECT_TRUE(RawClient(loop_, address).ended()) << "nobody listens";
  EXPECT_FALSE(drained);
  waiting_[0].responder.send(text("done"));
  ASSERT_TRUE(run_until(loop_, [&] { return drained; }));
  const auto answer = busy.read_to_end();
  ASSERT_TRUE(answer);
  EXPECT_NE(answer->find("connection: close"), std::string::npos);
  EXPECT_TRUE(answer->ends_with("done"));
}

TEST_F(H1ServerTest, DrainEndsAtItsDeadline) {
  auto busy = connect();
  busy.send("GET /later HTTP/1.1\r\nHost: x\r\n\r\n");
  ASSERT_TRUE(run_until(loop_, [&] { return waiting_.size() == 1; }));
  bool drained = false;
  server_.server->drain(30ms, [&] {
    drained = true;
    server_.server.reset();
  });
  EXPECT_TRUE(run_until(loop_, [&] { return drained; }));
  waiting_[0].responder.send(text("too late"));
  EXPECT_EQ(busy.read_to_end(), "");
}

TEST_F(H1ServerTest, AHandlerMayDestroyItsServer) {
  server_.serve("GET", "/quit", [this](const Request&) {
    server_.server.reset();
    return text("bye");
  });
  auto client = connect();
  client.send("GET /quit HTTP/1.1\r\nHost: x\r\n\r\nGET /quit HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_TRUE(client.read_to_end());
}

TEST(HttpServer, SaysWhichAddressIsInUse) {
  loop::EventLoop loop;
  const TestHttpServer first(loop);
  Logger log;
  const auto second = HttpServer::listen(loop, first.server->local(), {}, log, selfmon::Scope());
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().kind, ErrorKind::Config);
  EXPECT_EQ(second.error().message,
            loop::to_string(first.server->local()) + ": address already in use");
}

}  // namespace
}  // namespace agent::net
