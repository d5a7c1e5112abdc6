// HTTP/2 with prior knowledge over real sockets.
#include <vector>

#include <gtest/gtest.h>

#include "agent/net/grpc_frame.h"

#include "tests/support/h2_client.h"
#include "tests/support/test_http_server.h"

namespace agent::net {
namespace {

using namespace std::literals;
using agent::testing::H2Client;
using agent::testing::RawClient;
using agent::testing::run_until;
using agent::testing::TestHttpServer;

constexpr std::uint64_t kMaxBody = 2 << 20U;

class H2ServerTest : public ::testing::Test {
 protected:
  explicit H2ServerTest(ServerLimits limits = {}) : server_(loop_, limits) {
    server_.serve(
        "*", "/echo",
        [](const Request& request) {
          Response response;
          response.headers.add("X-Seen", request.method + " " + request.query);
          response.headers.add("x-host", std::string(request.headers.get("host").value_or("")));
          response.body = request.body;
          return response;
        },
        kMaxBody);
    Route grpc;
    grpc.method = "POST";
    grpc.path = "/grpc";
    grpc.max_body_bytes = kMaxBody;
    grpc.handler = [](const Request& request, Responder responder) {
      responder.send(make_grpc_reply(request.body.substr(kGrpcPrefixBytes)));
    };
    grpc.too_large = [](const Request&) {
      return make_grpc_response(GrpcCode::ResourceExhausted, "too large");
    };
    server_.server->add_route(std::move(grpc));
    Route later;
    later.method = "*";
    later.path = "/later";
    later.max_body_bytes = 40 << 20U;
    later.handler = [this](const Request&, Responder responder) {
      waiting_.push_back(std::move(responder));
    };
    server_.server->add_route(std::move(later));
  }

  bool has_waiting(H2Client& client, std::size_t count) {
    return client.turn_until([&] { return waiting_.size() == count; });
  }

  loop::EventLoop loop_;
  TestHttpServer server_;
  std::vector<Responder> waiting_;
};

ServerLimits small_limits() {
  ServerLimits limits;
  limits.max_header_bytes = 512;
  limits.header_timeout = limits.body_timeout = limits.idle_timeout = 40ms;
  return limits;
}
class H2SmallServerTest : public H2ServerTest {
 protected:
  H2SmallServerTest() : H2ServerTest(small_limits()) {}
};

const H2Client::Headers kGrpcHeaders = {{"content-type", "application/grpc"}, {"te", "trailers"}};

TEST_F(H2ServerTest, AnswersLikeHttp1) {
  const struct {
    const char *name, *method, *path;
    std::string body;
    const char *status, *seen;
    std::string answer;
  } cases[] = {
      {"GET", "GET", "/echo?a=1", "", "200", "GET a=1", ""},
      {"POST", "POST", "/echo", "abc", "200", "POST", "abc"},
      {"more than a window", "POST", "/echo", std::string(kMaxBody, 'x'), "200", "POST",
       std::string(kMaxBody, 'x')},
      {"HEAD", "HEAD", "/echo", "abc", "200", "HEAD", ""},
      {"no such path", "GET", "/x", "", "404", "", "Not Found\n"},
      {"no such method", "GET", "/grpc", "", "405", "", "Method Not Allowed\n"},
      {"past the limit", "POST", "/echo", std::string(kMaxBody + 1, 'x'), "413", "",
       "the body is larger than 2097152 bytes\n"},
  };
  H2Client client(loop_, server_.server->local());
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    const auto id = client.start(c.method, c.path, c.body);
    ASSERT_TRUE(client.finish(id));
    auto& call = client.call(id);
    EXPECT_EQ(call.headers[":status"], c.status);
    EXPECT_EQ(call.headers["x-seen"], c.seen);
    EXPECT_EQ(call.body == c.answer, true);
    EXPECT_EQ(call.error, 0U);
    EXPECT_TRUE(call.ended);
    EXPECT_TRUE(call.trailers.empty());
    EXPECT_EQ(call.headers["x-host"], *c.seen == '\0' ? "" : "test");
    const bool is_head = c.method == "HEAD"s;
    EXPECT_EQ(call.headers["content-length"], std::to_string(is_head ? 3 : c.answer.size()));
  }
  EXPECT_FALSE(client.ended());
  EXPECT_EQ(server_.protocol_errors(), 0U);
}

TEST_F(H2ServerTest, SendsTheSettingsOfTheSpec) {
  H2Client client(loop_, server_.server->local());
  const auto id = client.start("GET", "/echo");
  ASSERT_TRUE(client.finish(id));
  auto settings = client.remote_settings();
  EXPECT_EQ(settings[NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS], 100U);
  EXPECT_EQ(settings[NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE], 1U << 20U);
  EXPECT_EQ(settings[NGHTTP2_SETTINGS_MAX_HEADER_LIST_SIZE], 16U << 10U);
  EXPECT_EQ(settings[NGHTTP2_SETTINGS_MAX_FRAME_SIZE], 1U << 20U);
  ASSERT_TRUE(settings.contains(NGHTTP2_SETTINGS_ENABLE_PUSH));
  EXPECT_EQ(settings[NGHTTP2_SETTINGS_ENABLE_PUSH], 0U);
  EXPECT_EQ(client.connection_window(), 8 << 20);
}

TEST_F(H2ServerTest, CarriesGrpcInTrailers) {
  H2Client client(loop_, server_.server->local());
  const auto good = client.start("POST", "/grpc", make_grpc_frame("hello"), kGrpcHeaders);
  ASSERT_TRUE(client.finish(good));
  EXPECT_EQ(client.call(good).headers["content-type"], "application/grpc");
  EXPECT_FALSE(client.call(good).headers.contains("content-length"));
  EXPECT_EQ(client.call(good).body, make_grpc_frame("hello"));
  EXPECT_EQ(client.call(good).trailers["grpc-status"], "0");

  server_.server->set_fallback([](const Request&, Responder responder) {
    responder.send(make_grpc_response(GrpcCode::Unimplemented, "no such method"));
  });
  const auto unknown = client.start("POST", "/x/Y", make_grpc_frame("hello"), kGrpcHeaders);
  ASSERT_TRUE(client.finish(unknown));
  EXPECT_EQ(client.call(unknown).headers["grpc-status"], "12") << "trailers-only";
  EXPECT_TRUE(client.call(unknown).trailers.empty());
  EXPECT_EQ(client.call(unknown).body, "");
}

TEST_F(H2ServerTest, AnEarlyAnswerResetsWithoutErrorAndTheConnectionLives) {
  H2Client client(loop_, server_.server->local());
  // More than the connection's window in all: what is thrown away has to be given back.
  for (int i = 0; i < 12; ++i) {
    SCOPED_TRACE(i);
    std::string huge = "\0\x00\x80\x00\x00"s;  // the prefix alone says: 8 MiB
    huge += std::string(1 << 20U, 'x');
    const auto id = client.start("POST", "/grpc", huge, kGrpcHeaders, /*hold_open=*/true);
    ASSERT_TRUE(client.finish(id));
    EXPECT_EQ(client.call(id).headers["grpc-status"], "8");
    EXPECT_EQ(client.call(id).error, static_cast<std::uint32_t>(NGHTTP2_NO_ERROR));
  }
  const auto next = client.start("POST", "/grpc", make_grpc_frame("ok"), kGrpcHeaders);
  ASSERT_TRUE(client.finish(next));
  EXPECT_EQ(client.call(next).trailers["grpc-status"], "0");
}

TEST_F(H2ServerTest, ServesManyCallsAtOnceAndOutOfOrder) {
  H2Client client(loop_, server_.server->local());
  const auto first = client.start("GET", "/later");
  const auto second = client.start("GET", "/later");
  ASSERT_TRUE(has_waiting(client, 2));
  Response response;
  response.body = "second";
  waiting_[1].send(response);
  ASSERT_TRUE(client.finish(second));
  EXPECT_FALSE(client.call(first).closed);
  client.reset(first);
  client.ping();
  ASSERT_TRUE(client.turn_until([&] { return client.pongs() == 1; }));
  waiting_[0].send(response);  // nobody waits for it any more
  const auto third = client.start("GET", "/echo");
  EXPECT_TRUE(client.finish(third));
}

TEST_F(H2ServerTest, BodiesTogetherAreBounded) {
  H2Client client(loop_, server_.server->local());
  // Five bodies that never end; four of them fill the 32 MiB.
  std::vector<std::int32_t> ids;
  for (int i = 0; i < 5; ++i)
    ids.push_back(client.start("POST", "/later", std::string(9 << 20U, 'x'), {}, true));
  ASSERT_TRUE(client.turn_until([&] {
    return std::any_of(ids.begin(), ids.end(), [&](auto id) { return client.call(id).closed; });
  }));
  EXPECT_FALSE(client.call(ids.front()).closed) << "the oldest goes on";
  for (const auto id : ids) {
    if (!client.call(id).closed) continue;
    EXPECT_EQ(client.call(id).error, static_cast<std::uint32_t>(NGHTTP2_REFUSED_STREAM));
  }
}

TEST_F(H2ServerTest, FloodsLoseTheirConnection) {
  const struct {
    const char* name;
    std::function<void(H2Client&)> flood;
  } cases[] = {
      {"rapid reset", [](H2Client& client) { client.reset(client.start("GET", "/later")); }},
      {"settings", [](H2Client& client) { client.settings(); }},
      {"pings with a call open", [](H2Client& client) { client.ping(); }},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    waiting_.clear();
    H2Client client(loop_, server_.server->local());
    const auto open = client.start("GET", "/later");
    ASSERT_TRUE(has_waiting(client, 1));
    for (int i = 0; i < 2000 && !client.goaway() && !client.ended(); ++i) {
      c.flood(client);
      loop_.run_for(Duration::zero());
    }
    EXPECT_TRUE(client.turn_until([&] { return client.goaway(); }));
    EXPECT_EQ(client.goaway_code(), static_cast<std::uint32_t>(NGHTTP2_ENHANCE_YOUR_CALM));
    EXPECT_TRUE(run_until(loop_, [&] { return client.ended(); }));
    EXPECT_FALSE(client.call(open).ended);
  }
  EXPECT_EQ(server_.protocol_errors(), 3U);
}

TEST_F(H2ServerTest, PingsWithoutCallsAreFewOrAbuse) {
  H2Client client(loop_, server_.server->local());
  ASSERT_TRUE(client.finish(client.start("GET", "/echo")));
  for (int i = 1; i <= 3; ++i) {  // the first, and two that come too fast
    client.ping();
    ASSERT_TRUE(client.turn_until([&] { return client.pongs() == i; }));
  }
  ASSERT_TRUE(client.finish(client.start("GET", "/echo")));  // an answer excuses them
  for (int i = 4; i <= 6; ++i) {
    client.ping();
    ASSERT_TRUE(client.turn_until([&] { return client.pongs() == i; }));
  }
  client.ping();
  ASSERT_TRUE(client.turn_until([&] { return client.goaway(); }));
  EXPECT_EQ(client.goaway_text(), "too_many_pings");
}

TEST_F(H2SmallServerTest, HeadersPastTheLimitAre431) {
  H2Client client(loop_, server_.server->local());
  // :method GET :scheme http :authority test :path /echo and a header of the rest.
  const std::size_t known = (7 + 3) + (7 + 4) + (10 + 4) + (5 + 5) + 5 * 32 + 1;
  const auto at = client.start("GET", "/echo", "", {{"x", std::string(512 - known, 'v')}});
  ASSERT_TRUE(client.finish(at));
  EXPECT_EQ(client.call(at).headers[":status"], "200");
  const auto past = client.start("GET", "/echo", "", {{"x", std::string(513 - known, 'v')}});
  ASSERT_TRUE(client.finish(past));
  EXPECT_EQ(client.call(past).headers[":status"], "431");
}

TEST_F(H2SmallServerTest, AnEndlessHeaderBlockLosesItsConnection) {
  RawClient client(loop_, server_.server->local());
  std::string bytes = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\4\0\0\0\0\0"s;
  bytes += "\0\0\1\1\0\0\0\0\1\x82"s;  // HEADERS without END_HEADERS
  client.send(bytes);
  // CONTINUATION frames of one never indexed header each, without END_HEADERS.
  const std::string literal = "\x10\x01x\x7f\x81\x01"s + std::string(256, 'v');
  std::string frame = "\0\0\0\x09\0\0\0\0\1"s;
  frame[1] = static_cast<char>(literal.size() >> 8U);
  frame[2] = static_cast<char>(literal.size() & 0xFFU);
  for (int i = 0; i < 40; ++i)
    client.send(frame + literal);
  EXPECT_TRUE(client.read_to_end());
  EXPECT_EQ(server_.protocol_errors(), 1U);
}

TEST_F(H2ServerTest, GarbageBehindThePrefaceClosesThatConnectionOnly) {
  H2Client bystander(loop_, server_.server->local());
  const auto open = bystander.start("GET", "/later");
  ASSERT_TRUE(has_waiting(bystander, 1));
  RawClient client(loop_, server_.server->local());
  client.send("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\nGET / HTTP/1.1\r\n\r\n");
  EXPECT_TRUE(client.read_to_end());
  EXPECT_GE(server_.protocol_errors(), 1U);
  waiting_[0].send({});
  EXPECT_TRUE(bystander.finish(open));
}

TEST_F(H2SmallServerTest, SlowBodiesAreCancelledAndIdlenessSaysGoaway) {
  H2Client client(loop_, server_.server->local());
  const auto id = client.start("POST", "/echo", "abc", {}, /*hold_open=*/true);
  ASSERT_TRUE(client.finish(id));
  EXPECT_EQ(client.call(id).error, static_cast<std::uint32_t>(NGHTTP2_CANCEL));
  EXPECT_EQ(server_.answered(408), 1U);
  ASSERT_TRUE(client.turn_until([&] { return client.goaway(); }));
  EXPECT_EQ(client.goaway_code(), static_cast<std::uint32_t>(NGHTTP2_NO_ERROR));
  EXPECT_TRUE(client.turn_until([&] { return client.ended(); }) || client.ended());
}

TEST_F(H2ServerTest, DrainFinishesOpenCallsBehindGoaway) {
  H2Client client(loop_, server_.server->local());
  const auto id = client.start("GET", "/later");
  ASSERT_TRUE(has_waiting(client, 1));
  bool drained = false;
  server_.server->drain(10s, [&] { drained = true; });
  ASSERT_TRUE(client.turn_until([&] { return client.goaway(); }));
  EXPECT_FALSE(drained);
  Response response;
  response.body = "done";
  waiting_[0].send(response);
  ASSERT_TRUE(client.finish(id));
  EXPECT_EQ(client.call(id).body, "done");
  EXPECT_TRUE(run_until(loop_, [&] {
    client.pump();
    return drained && client.ended();
  }));
}

TEST_F(H2ServerTest, AHandlerMayDestroyItsServer) {
  server_.serve("GET", "/quit", [this](const Request&) {
    server_.server.reset();
    return Response{};
  });
  H2Client client(loop_, server_.server->local());
  client.start("GET", "/quit");
  client.start("GET", "/quit");
  EXPECT_TRUE(run_until(loop_, [&] { return client.ended(); }));
}

}  // namespace
}  // namespace agent::net
