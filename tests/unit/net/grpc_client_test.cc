#include "agent/net/grpc_client.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "agent/base/base64.h"
#include "agent/codec/compression.h"
#include "agent/net/grpc_frame.h"

#include "tests/support/h2_server.h"
#include "tests/support/run_until.h"

namespace agent::net {

void PrintTo(GrpcCode code, std::ostream* out) { *out << to_string(code); }

namespace {

using namespace std::chrono_literals;
using testing::H2Server;
using ::testing::HasSubstr;

constexpr const char* kPath = "/opentelemetry.proto.collector.trace.v1.TraceService/Export";

GrpcRequest make_request(std::string message, Duration timeout = 10s) {
  GrpcRequest request;
  request.path = kPath;
  request.message = std::make_shared<const std::string>(std::move(message));
  request.timeout = timeout;
  return request;
}

class GrpcClientTest : public ::testing::Test {
 protected:
  GrpcClient::Config config_for(const loop::HostPort& address) {
    GrpcClient::Config config;
    config.address = address;
    config.user_agent = "dunlin/1.2.3";
    return config;
  }
  GrpcReply call(GrpcClient& client, GrpcRequest request) {
    std::optional<GrpcReply> reply;
    const auto handle =
        client.start(std::move(request), [&](GrpcReply answer) { reply = std::move(answer); });
    EXPECT_FALSE(reply.has_value()) << "answered before start() returned";
    EXPECT_TRUE(testing::run_until(loop_, [&] { return reply.has_value(); }));
    return reply.value_or(GrpcReply{});
  }
  GrpcReply call(const H2Server& server, GrpcRequest request = make_request("m")) {
    GrpcClient client(loop_, config_for(server.address()), log_);
    return call(client, std::move(request));
  }

  Logger log_{LogLevel::Error};
  loop::EventLoop loop_;
};

TEST_F(GrpcClientTest, SendsHeadersInOrderAndOnePrefixedMessage) {
  H2Server server(loop_, [](const H2Server::Call&) { return H2Server::ok("reply"); });
  GrpcRequest request = make_request("hello", 1500ms);
  request.encoding = "gzip";
  request.metadata.add("X-Scope-OrgID", "shop");
  request.metadata.add("Token-Bin", std::string("\0\1\2", 3));
  const GrpcReply reply = call(server, std::move(request));
  EXPECT_EQ(reply.code, GrpcCode::Ok);
  EXPECT_EQ(reply.body, "reply");
  EXPECT_FALSE(reply.from_transport);
  ASSERT_EQ(server.calls().size(), 1U);
  std::string headers;
  for (const Header& header : server.calls()[0].headers) {
    // The time-out is what is left of it.
    const bool is_timeout = header.name == "grpc-timeout";
    if (is_timeout) {
      EXPECT_LE(*parse_grpc_timeout(header.value), 1500ms);
    }
    headers += header.name + "=" + (is_timeout ? "..." : header.value) + "\n";
  }
  EXPECT_EQ(headers, ":method=POST\n:scheme=http\n:path=" + std::string(kPath) +
                         "\n:authority=" + to_string(server.address()) +
                         "\ncontent-type=application/grpc\nte=trailers\nuser-agent=dunlin/1.2.3\n"
                         "grpc-timeout=...\ngrpc-encoding=gzip\n"
                         "grpc-accept-encoding=identity,gzip\nx-scope-orgid=shop\n"
                         "token-bin=AAEC\n");
  EXPECT_EQ(server.calls()[0].body, std::string("\1\0\0\0\5hello", 10));
}

TEST_F(GrpcClientTest, SendsMessagesBeyondTheWindows) {
  H2Server server(loop_, [](const H2Server::Call&) { return H2Server::ok(""); });
  const std::string message(3U << 20U, 'm');
  EXPECT_EQ(call(server, make_request(message)).code, GrpcCode::Ok);
  EXPECT_EQ(server.calls()[0].body, make_grpc_frame(message));
}

TEST_F(GrpcClientTest, ReadsTheStatus) {
  const auto http = [](const std::string& status) {
    H2Server::Answer answer;
    answer.headers = {{":status", status}};
    answer.body = "<html>";
    return answer;
  };
  const auto reset = [](std::uint32_t code) {
    H2Server::Answer answer;
    answer.has_reset = true;
    answer.reset_code = code;
    return answer;
  };
  auto in_trailers = H2Server::ok("");
  in_trailers.trailers = {{"grpc-status", "3"}, {"grpc-message", "bad%20id %C3%A9"}};
  auto trailers_win = H2Server::ok("");
  trailers_win.headers.push_back({"grpc-status", "0"});
  trailers_win.trailers = {{"grpc-status", "14"}};
  const struct {
    const char* name;
    H2Server::Answer answer;
    GrpcCode code;
    bool from_transport;
    const char* words;
  } cases[] = {
      {"in trailers", in_trailers, GrpcCode::InvalidArgument, false, "bad id é"},
      {"trailers only", H2Server::status("14", "later"), GrpcCode::Unavailable, false, "later"},
      {"trailers win", trailers_win, GrpcCode::Unavailable, false, ""},
      {"a code that gRPC does not have", H2Server::status("99"), GrpcCode::Unknown, false, ""},
      {"no number", H2Server::status("ok"), GrpcCode::Unknown, false, ""},
      {"200 without status", http("200"), GrpcCode::Unknown, false, "HTTP 200"},
      {"400", http("400"), GrpcCode::Internal, false, "HTTP 400"},
      {"401", http("401"), GrpcCode::Unauthenticated, false, "HTTP 401"},
      {"403", http("403"), GrpcCode::PermissionDenied, false, "HTTP 403"},
      {"404", http("404"), GrpcCode::Unimplemented, false, "HTTP 404"},
      {"429", http("429"), GrpcCode::Unavailable, false, "HTTP 429"},
      {"500", http("500"), GrpcCode::Unknown, false, "HTTP 500"},
      {"502", http("502"), GrpcCode::Unavailable, false, "HTTP 502"},
      {"503", http("503"), GrpcCode::Unavailable, false, "HTTP 503"},
      {"504", http("504"), GrpcCode::Unavailable, false, "HTTP 504"},
      {"refused stream", reset(0x7), GrpcCode::Unavailable, true, "reset"},
      {"cancel", reset(0x8), GrpcCode::Cancelled, true, "reset"},
      {"enhance your calm", reset(0xb), GrpcCode::ResourceExhausted, true, "reset"},
      {"inadequate security", reset(0xc), GrpcCode::PermissionDenied, true, "reset"},
      {"internal error", reset(0x2), GrpcCode::Internal, true, "reset"},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    H2Server server(loop_, [&](const H2Server::Call&) { return c.answer; });
    const GrpcReply reply = call(server);
    EXPECT_EQ(reply.code, c.code);
    EXPECT_EQ(reply.from_transport, c.from_transport);
    EXPECT_THAT(reply.message, HasSubstr(c.words));
  }
}

TEST_F(GrpcClientTest, AnEarlyRefusalIsNotLost) {
  H2Server server(
      loop_,
      [](const H2Server::Call&) {
        auto answer = H2Server::status("8", "too large");
        answer.has_reset = true;  // with NO_ERROR: "I have heard enough"
        return answer;
      },
      H2Server::When::HeadersCame);
  const GrpcReply reply = call(server, make_request(std::string(3U << 20U, 'm')));
  EXPECT_EQ(reply.code, GrpcCode::ResourceExhausted);
  EXPECT_FALSE(reply.from_transport);
  EXPECT_EQ(reply.message, "too large");
}

TEST_F(GrpcClientTest, ReadsRetryInfo) {
  H2Server server(loop_, [](const H2Server::Call&) {
    auto answer = H2Server::status("8");
    const RpcStatus status{8, "slow down", Duration(2500ms)};
    answer.headers.push_back(
        {"grpc-status-details-bin", encode_base64(encode_rpc_status(status), Base64Padding::None)});
    return answer;
  });
  const GrpcReply reply = call(server);
  EXPECT_EQ(reply.code, GrpcCode::ResourceExhausted);
  EXPECT_EQ(reply.retry_delay, Duration(2500ms));
}

TEST_F(GrpcClientTest, UnpacksACompressedReplyAndForgivesABadOne) {
  const std::string packed = codec::gzip_compress("unpacked");
  const struct {
    const char* name;
    std::string body;
    std::string wanted;
  } cases[] = {
      {"gzip", make_grpc_frame(packed, true), "unpacked"},
      {"damaged", make_grpc_frame("damaged", true), ""},
      {"cut short", make_grpc_frame(packed, true).substr(0, 9), ""},
      {"none", "", ""},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    H2Server server(loop_, [&](const H2Server::Call&) {
      auto answer = H2Server::ok("");
      answer.headers.push_back({"grpc-encoding", "gzip"});
      answer.body = c.body;
      return answer;
    });
    const GrpcReply reply = call(server);
    EXPECT_EQ(reply.code, GrpcCode::Ok);
    EXPECT_EQ(reply.body, c.wanted);
  }
}

TEST_F(GrpcClientTest, SharesOneConnection) {
  H2Server server(loop_, [](const H2Server::Call&) { return H2Server::ok(""); });
  GrpcClient client(loop_, config_for(server.address()), log_);
  std::vector<GrpcClient::Call> handles;
  int answers = 0;
  for (int i = 0; i < 5; ++i)
    handles.push_back(client.start(make_request("m"), [&](const GrpcReply&) { ++answers; }));
  EXPECT_TRUE(testing::run_until(loop_, [&] { return answers == 5; }));
  EXPECT_EQ(call(client, make_request("m")).code, GrpcCode::Ok);
  EXPECT_EQ(server.connections(), 1U);
}

TEST_F(GrpcClientTest, ConnectsAgainAfterALoss) {
  bool hangs_up = true;
  H2Server server(loop_, [&](const H2Server::Call&) {
    auto answer = hangs_up ? H2Server::Answer{} : H2Server::ok("");
    answer.hangs_up = hangs_up;
    return answer;
  });
  GrpcClient client(loop_, config_for(server.address()), log_);
  const GrpcReply lost = call(client, make_request("m"));
  EXPECT_EQ(lost.code, GrpcCode::Unavailable);
  EXPECT_TRUE(lost.from_transport);
  EXPECT_THAT(lost.message, HasSubstr(to_string(server.address())));
  hangs_up = false;
  EXPECT_EQ(call(client, make_request("m")).code, GrpcCode::Ok);
  EXPECT_EQ(server.connections(), 2U);
}

TEST_F(GrpcClientTest, SendsAgainWhatGoawayLeftOut) {
  H2Server server(loop_, [](const H2Server::Call& received) {
    if (received.connection > 0) return H2Server::ok("second");
    H2Server::Answer answer;
    answer.goes_away = true;
    answer.last_processed = 0;
    return answer;
  });
  const GrpcReply reply = call(server);
  EXPECT_EQ(reply.code, GrpcCode::Ok);
  EXPECT_EQ(reply.body, "second");
  EXPECT_EQ(server.connections(), 2U);
}

TEST_F(GrpcClientTest, WaitsForWhatGoawayCovers) {
  H2Server server(loop_, [](const H2Server::Call& received) {
    auto answer = H2Server::ok(received.connection == 0 ? "first" : "second");
    answer.goes_away = received.connection == 0;
    answer.last_processed = 1;
    return answer;
  });
  GrpcClient client(loop_, config_for(server.address()), log_);
  EXPECT_EQ(call(client, make_request("m")).body, "first");
  EXPECT_EQ(call(client, make_request("m")).body, "second");
}

TEST_F(GrpcClientTest, GivesUpOnAServerThatAlwaysGoesAway) {
  H2Server server(loop_, [](const H2Server::Call&) {
    H2Server::Answer answer;
    answer.goes_away = true;
    return answer;
  });
  const GrpcReply reply = call(server);
  EXPECT_EQ(reply.code, GrpcCode::Unavailable);
  EXPECT_TRUE(reply.from_transport);
  EXPECT_EQ(server.connections(), 3U);
}

TEST_F(GrpcClientTest, AConnectionThatTimedOutIsNotUsedAgain) {
  bool silent = true;
  H2Server server(
      loop_, [&](const H2Server::Call&) { return silent ? H2Server::Answer{} : H2Server::ok(""); });
  GrpcClient client(loop_, config_for(server.address()), log_);
  const GrpcReply late = call(client, make_request("m", 50ms));
  EXPECT_EQ(late.code, GrpcCode::DeadlineExceeded);
  EXPECT_TRUE(late.from_transport);
  EXPECT_TRUE(testing::run_until(loop_, [&] { return server.ended() == 1; }));
  silent = false;
  EXPECT_EQ(call(client, make_request("m")).code, GrpcCode::Ok);
  EXPECT_EQ(server.connections(), 2U);
}

TEST_F(GrpcClientTest, NobodyListens) {
  loop::HostPort closed;
  {
    const H2Server server(loop_, [](const H2Server::Call&) { return H2Server::Answer{}; });
    closed = server.address();
  }
  loop_.run_for(5ms);
  GrpcClient client(loop_, config_for(closed), log_);
  const GrpcReply reply = call(client, make_request("m"));
  EXPECT_EQ(reply.code, GrpcCode::Unavailable);
  EXPECT_TRUE(reply.from_transport);
  EXPECT_THAT(reply.message, HasSubstr("connection refused"));
}

TEST_F(GrpcClientTest, NeverSpeaksClearTextWhereTlsWasAsked) {
  H2Server server(loop_, [](const H2Server::Call&) { return H2Server::ok(""); });
  auto config = config_for(server.address());
  config.tls_enabled = true;
  GrpcClient client(loop_, config, log_);
  const GrpcReply reply = call(client, make_request("m"));
  EXPECT_EQ(reply.code, GrpcCode::Unavailable);
  EXPECT_THAT(reply.message, HasSubstr("TLS is not supported yet"));
  EXPECT_EQ(server.connections(), 0U);
}

TEST_F(GrpcClientTest, APeerThatSpeaksSomethingElse) {
  std::vector<std::unique_ptr<loop::TcpStream>> streams;
  auto listener = loop::TcpListener::listen(loop_, {"127.0.0.1", 0}, [&](auto stream) {
    stream->write("HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\n\r\n");
    streams.push_back(std::move(stream));
  });
  ASSERT_TRUE(listener);
  GrpcClient client(loop_, config_for((*listener)->local()), log_);
  const GrpcReply reply = call(client, make_request("m"));
  EXPECT_EQ(reply.code, GrpcCode::Unavailable);
  EXPECT_TRUE(reply.from_transport);
}

TEST_F(GrpcClientTest, ACancelledCallIsSilentAndResetsItsStream) {
  H2Server server(loop_, [](const H2Server::Call&) { return H2Server::Answer{}; });
  GrpcClient client(loop_, config_for(server.address()), log_);
  int answers = 0;
  auto handle = client.start(make_request("m"), [&](const GrpcReply&) { ++answers; });
  EXPECT_TRUE(testing::run_until(loop_, [&] { return server.calls().size() == 1; }));
  handle.cancel();
  EXPECT_TRUE(testing::run_until(loop_, [&] { return server.resets() == 1; }));
  EXPECT_EQ(answers, 0);
}

TEST_F(GrpcClientTest, AClientMayDieInItsCallback) {
  H2Server server(loop_, [](const H2Server::Call&) { return H2Server::ok(""); });
  auto client = std::make_unique<GrpcClient>(loop_, config_for(server.address()), log_);
  int answers = 0;
  const auto die = [&](const GrpcReply&) {
    ++answers;
    client.reset();
  };
  const auto first = client->start(make_request("1"), die);
  const auto second = client->start(make_request("2"), die);
  EXPECT_TRUE(testing::run_until(loop_, [&] { return answers > 0; }));
  loop_.run_for(5ms);
  EXPECT_EQ(answers, 1);
}

}  // namespace
}  // namespace agent::net
