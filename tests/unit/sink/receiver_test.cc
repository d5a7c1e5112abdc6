#include "agent/sink/receiver.h"

#include <future>
#include <thread>

#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/time.h>

#include "agent/base/unique_fd.h"
#include "agent/codec/compression.h"
#include "agent/net/grpc_client.h"
#include "agent/sink/proto/loki_push.pb.h"
#include "agent/sink/proto/otlp_trace.pb.h"
#include "agent/sink/proto/remote_write.pb.h"

#include "tests/support/run_until.h"

namespace agent::sink {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

// The receiver on a thread of its own; requests are made with plain sockets, one connection each.
class ReceiverTest : public ::testing::Test {
 protected:
  void serve(Receiver::Config config = {}) {
    std::promise<std::uint16_t> listening;
    thread_ = std::thread([this, config, &listening] {
      Logger log(LogLevel::Error);
      const selfmon::Scope scope;
      auto server = net::HttpServer::listen(loop_, {"127.0.0.1", 0}, {}, log, scope);
      ASSERT_TRUE(server) << server.error().message;
      const Receiver receiver(loop_, **server, config);
      listening.set_value((*server)->local().port);
      loop_.run();
    });
    port_ = listening.get_future().get();
  }
  ~ReceiverTest() override {
    loop_.stop();
    if (thread_.joinable()) thread_.join();
  }

  std::string request(const std::string& head, const std::string& body = {}) const {
    const UniqueFd fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    const timeval limit{10, 0};
    ::setsockopt(fd.get(), SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port_);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    const auto* generic = reinterpret_cast<const sockaddr*>(&address);
    if (::connect(fd.get(), generic, sizeof address) != 0) return "no connection";
    const std::string bytes =
        head + "host: x\r\nconnection: close\r\ncontent-length: " + std::to_string(body.size()) +
        "\r\n\r\n" + body;
    if (::send(fd.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL) < 0) return "not sent";
    std::string answer;
    char buffer[4096];
    for (ssize_t n = 0; (n = ::recv(fd.get(), buffer, sizeof buffer, 0)) > 0;)
      answer.append(buffer, static_cast<std::size_t>(n));
    return answer;
  }
  net::GrpcReply call(const std::string& path, const std::string& message,
                      const std::string& encoding) const {
    loop::EventLoop loop;
    Logger log(LogLevel::Error);
    net::GrpcClient::Config config;
    config.address = {"127.0.0.1", port_};
    net::GrpcClient client(loop, config, log);
    std::optional<net::GrpcReply> reply;
    net::GrpcRequest grpc;
    grpc.path = path;
    grpc.message = std::make_shared<const std::string>(message);
    grpc.encoding = encoding;
    const auto running =
        client.start(std::move(grpc), [&](net::GrpcReply got) { reply = std::move(got); });
    testing::run_until(loop, [&] { return reply.has_value(); });
    return reply.value_or(net::GrpcReply());
  }
  std::string get(const std::string& path) const {
    const std::string answer = request("GET " + path + " HTTP/1.1\r\n");
    const auto body = answer.find("\r\n\r\n");
    return body == std::string::npos ? answer : answer.substr(body + 4);
  }
  std::string post(const std::string& path, const std::string& headers,
                   const std::string& body) const {
    return request("POST " + path + " HTTP/1.1\r\n" + headers, body);
  }
  std::string push_metrics(const std::string& headers = {}) const {
    dunlin::sink::remote_write::WriteRequest write;
    auto* series = write.add_timeseries();
    auto* label = series->add_labels();
    label->set_name("__name__");
    label->set_value("up");
    series->add_samples()->set_value(1);
    return post("/api/v1/write",
                headers + "content-type: application/x-protobuf\r\ncontent-encoding: snappy\r\n",
                codec::snappy_compress(write.SerializeAsString()));
  }

 private:
  loop::EventLoop loop_;
  std::thread thread_;
  std::uint16_t port_ = 0;
};

constexpr const char* kTraceExport = "/opentelemetry.proto.collector.trace.v1.TraceService/Export";
constexpr const char* kProto = "content-type: application/x-protobuf\r\n";
constexpr const char* kJson = "content-type: application/json; charset=utf-8\r\n";

TEST_F(ReceiverTest, TakesRemoteWrite) {
  serve();
  EXPECT_THAT(push_metrics(), StartsWith("HTTP/1.1 204"));
  EXPECT_EQ(get("/records?signal=metrics"),
            R"({"labels":{"__name__":"up"},"timestamp":0,"value":1,"stale":false})"
            "\n");
  EXPECT_THAT(get("/stats"), HasSubstr(R"("samples":1,"series":1)"));
}

TEST_F(ReceiverTest, TellsASecondVersionSenderWhatWasWritten) {
  serve();
  dunlin::sink::remote_write::RequestV2 write;
  for (const char* symbol : {"", "__name__", "up"})
    write.add_symbols(symbol);
  auto* series = write.add_timeseries();
  series->add_labels_refs(1);
  series->add_labels_refs(2);
  series->add_samples()->set_value(1);
  const std::string answer =
      post("/api/v1/write",
           "content-type: application/x-protobuf;proto=io.prometheus.write.v2.Request\r\n"
           "content-encoding: snappy\r\n",
           codec::snappy_compress(write.SerializeAsString()));
  EXPECT_THAT(answer, StartsWith("HTTP/1.1 204"));
  EXPECT_THAT(answer, HasSubstr("x-prometheus-remote-write-samples-written: 1\r\n"));
}

TEST_F(ReceiverTest, TakesLokiPushInBothForms) {
  serve();
  dunlin::sink::loki::PushRequest push;
  push.add_streams()->set_labels(R"({job="x"})");
  push.mutable_streams(0)->add_entries()->set_line("one");
  EXPECT_THAT(post("/loki/api/v1/push", kProto, codec::snappy_compress(push.SerializeAsString())),
              StartsWith("HTTP/1.1 204"));
  const std::string json = R"({"streams":[{"stream":{"job":"y"},"values":[["1","two"]]}]})";
  EXPECT_THAT(post("/loki/api/v1/push", kJson, json), StartsWith("HTTP/1.1 204"));
  EXPECT_THAT(post("/loki/api/v1/push", std::string(kJson) + "content-encoding: gzip\r\n",
                   codec::gzip_compress(json)),
              StartsWith("HTTP/1.1 204"));
  EXPECT_THAT(get("/stats"), HasSubstr(R"("entries":3,"streams":2,"line_bytes":9)"));
  EXPECT_THAT(get("/records?signal=logs&limit=1"), HasSubstr("\"line\":\"two\""));
}

TEST_F(ReceiverTest, TakesOtlpOverHttp) {
  serve();
  dunlin::sink::otlp::ExportTraceServiceRequest traces;
  auto* span = traces.add_resource_spans()->add_scope_spans()->add_spans();
  span->set_trace_id("sixteen bytes!!!");
  span->set_span_id("8 bytes!");
  const std::string bytes = traces.SerializeAsString();
  EXPECT_THAT(post("/v1/traces", kProto, bytes), StartsWith("HTTP/1.1 200"));
  for (const auto& [encoding, body] : {std::pair{"gzip", codec::gzip_compress(bytes)},
                                       std::pair{"zstd", codec::zstd_compress(bytes)}})
    EXPECT_THAT(
        post("/v1/traces", std::string(kProto) + "content-encoding: " + encoding + "\r\n", body),
        StartsWith("HTTP/1.1 200"));
  EXPECT_THAT(get("/stats"), HasSubstr(R"("spans":3,"traces":1)"));
}

TEST_F(ReceiverTest, RefusesBadBodiesWithTheReasonAndCountsNothing) {
  serve();
  const struct {
    const char *name, *path, *headers, *body, *status;
  } cases[] = {
      {"no snappy", "/api/v1/write",
       "content-type: application/x-protobuf\r\ncontent-encoding: snappy\r\n", "\xff",
       "HTTP/1.1 400"},
      {"no content-encoding", "/api/v1/write", kProto, "", "HTTP/1.1 415"},
      {"JSON samples", "/api/v1/write", kJson, "{}", "HTTP/1.1 415"},
      {"no JSON", "/loki/api/v1/push", kJson, "{", "HTTP/1.1 400"},
      {"text", "/loki/api/v1/push", "content-type: text/plain\r\n", "x", "HTTP/1.1 415"},
      {"no protobuf", "/v1/traces", kProto, "\x0a\x05", "HTTP/1.1 400"},
      {"JSON spans", "/v1/traces", kJson, "{}", "HTTP/1.1 415"},
      {"unknown encoding", "/v1/traces",
       "content-type: application/x-protobuf\r\ncontent-encoding: br\r\n", "x", "HTTP/1.1 415"},
      {"unknown path", "/v1/profiles", kProto, "", "HTTP/1.1 404"},
      {"unknown signal", "/mode?status=99", "", "", "HTTP/1.1 400"},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    EXPECT_THAT(post(c.path, c.headers, c.body), StartsWith(c.status));
  }
  EXPECT_THAT(get("/records?signal=spans"), HasSubstr("is asked"));
  EXPECT_THAT(get("/stats"), HasSubstr(R"("metrics":{"requests":3,"refused":3,)"));
  EXPECT_THAT(get("/stats"), HasSubstr(R"("spans":0)"));
}

TEST_F(ReceiverTest, UnpacksNoMoreThanItsLimit) {
  Receiver::Config config;
  config.max_unpacked_bytes = 1000;
  config.max_body_bytes = 2000;
  serve(config);
  const std::string headers = std::string(kProto) + "content-encoding: gzip\r\n";
  EXPECT_THAT(post("/v1/traces", headers, codec::gzip_compress(std::string(1001, 'x'))),
              StartsWith("HTTP/1.1 413"));
  EXPECT_THAT(post("/v1/traces", headers, codec::gzip_compress(std::string(1000, '\xff'))),
              StartsWith("HTTP/1.1 400"));
  EXPECT_THAT(post("/v1/traces", kProto, std::string(2001, 'x')), StartsWith("HTTP/1.1 413"));
}

TEST_F(ReceiverTest, FailsOnRequest) {
  serve();
  EXPECT_THAT(post("/mode?status=429&next=2&retry_after=7", "", ""), StartsWith("HTTP/1.1 200"));
  for (int i = 0; i < 2; ++i) {
    const std::string answer = push_metrics();
    EXPECT_THAT(answer, StartsWith("HTTP/1.1 429"));
    EXPECT_THAT(answer, HasSubstr("retry-after: 7\r\n"));
  }
  EXPECT_THAT(push_metrics(), StartsWith("HTTP/1.1 204"));
  EXPECT_THAT(get("/stats"), HasSubstr(R"("samples":1)"));
}

TEST_F(ReceiverTest, MayTakeTheDataAndFailAllTheSame) {
  serve();
  post("/mode?status=503&next=1&take=1", "", "");
  EXPECT_THAT(push_metrics(), StartsWith("HTTP/1.1 503"));
  EXPECT_THAT(push_metrics(), StartsWith("HTTP/1.1 204"));
  EXPECT_THAT(get("/stats"), HasSubstr(R"("samples":2)"));
}

TEST_F(ReceiverTest, FailsEveryNthAndAnswersLate) {
  Receiver::Config config;
  config.faults = {std::chrono::milliseconds(20), 500, 3};
  serve(config);
  const auto before = std::chrono::steady_clock::now();
  for (const char* status : {"HTTP/1.1 204", "HTTP/1.1 204", "HTTP/1.1 500", "HTTP/1.1 204"})
    EXPECT_THAT(push_metrics(), StartsWith(status));
  EXPECT_GE(std::chrono::steady_clock::now() - before, std::chrono::milliseconds(4 * 19));
}

TEST_F(ReceiverTest, TakesOtlpOverGrpcAndSaysErrorsInItsWords) {
  serve();
  dunlin::sink::otlp::ExportTraceServiceRequest traces;
  auto* span = traces.add_resource_spans()->add_scope_spans()->add_spans();
  span->set_trace_id("sixteen bytes!!!");
  span->set_span_id("8 bytes!");
  const std::string good = traces.SerializeAsString();
  span->set_span_id("short");

  EXPECT_EQ(call(kTraceExport, good, "").code, net::GrpcCode::Ok);
  EXPECT_EQ(call(kTraceExport, codec::gzip_compress(good), "gzip").code, net::GrpcCode::Ok);
  const auto bad = call(kTraceExport, traces.SerializeAsString(), "");
  EXPECT_EQ(bad.code, net::GrpcCode::InvalidArgument);
  EXPECT_THAT(bad.message, HasSubstr("span_id: 8 bytes"));
  EXPECT_EQ(call("/some.Service/Else", good, "").code, net::GrpcCode::Unimplemented);
  post("/mode?status=429&next=1&retry_after=3", "", "");
  const auto busy = call(kTraceExport, good, "");
  EXPECT_EQ(busy.code, net::GrpcCode::ResourceExhausted);
  EXPECT_EQ(busy.retry_delay, std::chrono::seconds(3));
  post("/mode?status=503&next=1", "", "");
  EXPECT_EQ(call(kTraceExport, good, "").code, net::GrpcCode::Unavailable);
  EXPECT_THAT(get("/stats"), HasSubstr(R"("spans":2,"traces":1)"));
}

TEST_F(ReceiverTest, ShowsAPage) {
  serve();
  EXPECT_THAT(request("GET / HTTP/1.1\r\n"), HasSubstr("content-type: text/html"));
  EXPECT_THAT(get("/"), HasSubstr("nothing yet"));
}

}  // namespace
}  // namespace agent::sink
