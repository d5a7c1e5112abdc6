#include "agent/logs/sources/loki_push_source.h"

#include <string>
#include <vector>

#include "agent/codec/compression.h"
#include "agent/codec/loki_push.h"

#include "tests/support/raw_client.h"
#include "tests/unit/logs/sources/source_harness.h"

namespace agent::logs {
namespace {

constexpr const char* kKey = "loki_push_api";
constexpr std::int64_t kSent = 1'600'000'000'000'000'000;
constexpr const char* kJson =
    R"({"streams": [{"stream": {"a": "1"}, "values": [["1600000000000000000", "x", {"id": "7"}]]}]})";
constexpr const char* kLegacyJson =
    R"({"streams": [{"labels": "{a=\"1\"}", "entries": [{"ts": "2020-09-13T12:26:40Z", "line": "x"}]}]})";

std::string stream(const std::string& labels, const std::vector<std::string>& lines) {
  std::string entries;
  for (const auto& line : lines)
    codec::append_loki_entry(entries, Timestamp(Duration(kSent)), line, {});
  std::string out;
  codec::append_loki_stream(out, labels, entries);
  return out;
}

std::string packed(const std::string& request) { return codec::snappy_compress(request); }

struct Headers {
  std::string type;
  std::string encoding;
};

class LokiPushSourceTest : public testing::SourceHarness {
 protected:
  void start_with(const std::string& options, const std::string& rules = "[]") {
    start("{loki_push_api: {server: {http_listen_address: 127.0.0.1, http_listen_port: 0}" +
              options + "}, relabel_configs: " + rules + "}",
          kKey);
  }
  // The status line, headers and body of the answer.
  std::string exchange(const std::string& method, const std::string& path, const Headers& headers,
                       const std::string& body) {
    testing::RawClient client(loop_, address());
    std::string request = method + " " + path + " HTTP/1.1\r\nhost: x\r\nconnection: close\r\n";
    if (!headers.type.empty()) request += "content-type: " + headers.type + "\r\n";
    if (!headers.encoding.empty()) request += "content-encoding: " + headers.encoding + "\r\n";
    request += "content-length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
    client.send(request);
    return client.read_to_end().value_or("nothing");
  }
  std::string push(const Headers& headers, const std::string& body) {
    return exchange("POST", "/loki/api/v1/push", headers, body);
  }
  static int status_of(const std::string& answer) {
    return answer.size() > 12 ? std::stoi(answer.substr(9, 3)) : 0;
  }
};

TEST_F(LokiPushSourceTest, TakesEverySpelling) {
  start_with(", use_incoming_timestamp: true");
  const std::string protobuf = packed(stream(R"({a="1"})", {"x"}));
  const struct {
    const char* name;
    const char* path;
    Headers headers;
    std::string body;
  } cases[] = {
      {"protobuf", "/loki/api/v1/push", {"application/x-protobuf", ""}, protobuf},
      {"protobuf, snappy said",
       "/loki/api/v1/push",
       {"application/x-protobuf", "snappy"},
       protobuf},
      {"protobuf, no type", "/loki/api/v1/push", {"", ""}, protobuf},
      {"protobuf in gzip",
       "/loki/api/v1/push",
       {"application/x-protobuf", "gzip"},
       codec::gzip_compress(protobuf)},
      {"protobuf on the old path", "/api/prom/push", {"application/x-protobuf", ""}, protobuf},
      {"JSON", "/loki/api/v1/push", {"application/json", ""}, kJson},
      {"JSON with a charset", "/loki/api/v1/push", {"Application/JSON; charset=utf-8", ""}, kJson},
      {"JSON in gzip",
       "/loki/api/v1/push",
       {"application/json", "gzip"},
       codec::gzip_compress(kJson)},
      {"JSON in snappy", "/loki/api/v1/push", {"application/json", "snappy"}, packed(kJson)},
      {"JSON with snappy said only", "/loki/api/v1/push", {"application/json", "snappy"}, kJson},
      {"JSON in zstd",
       "/loki/api/v1/push",
       {"application/json", "zstd"},
       codec::zstd_compress(kJson)},
      {"protobuf by another name", "/loki/api/v1/push", {"application/octet-stream", ""}, protobuf},
      {"the older JSON", "/api/prom/push", {"application/json", ""}, kLegacyJson},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    sink_.entries.clear();
    EXPECT_EQ(status_of(exchange("POST", c.path, c.headers, c.body)), 204);
    ASSERT_EQ(sink_.entries.size(), 1U);
    EXPECT_EQ(sink_.entries[0].line, "x");
    EXPECT_EQ(sink_.entries[0].labels, (model::LabelSet{{"a", "1"}}));
    EXPECT_EQ(sink_.entries[0].time, Timestamp(Duration(kSent)));
  }
  EXPECT_EQ(ledger_.in("loki_push").value(), std::size(cases));
}

TEST_F(LokiPushSourceTest, TakesPlainLines) {
  start_with(", labels: {via: gateway}, use_incoming_timestamp: true",
             "[{target_label: never, replacement: seen}]");
  const auto answer = exchange("POST", "/promtail/api/v1/raw", {}, "one\r\n\n\r\ntwo \n{\"x\": 3}");
  EXPECT_EQ(status_of(answer), 204);
  EXPECT_EQ(sink_.lines(), (std::vector<std::string>{"one", "two ", "{\"x\": 3}"}));
  for (const auto& entry : sink_.entries)
    EXPECT_EQ(entry.labels, (model::LabelSet{{"via", "gateway"}}));
  EXPECT_EQ(sink_.entries[0].time, clock_.wall_now());
  EXPECT_EQ(status_of(exchange("POST", "/promtail/api/v1/raw", {}, "")), 204);
}

TEST_F(LokiPushSourceTest, SetsLabelsAndRelabels) {
  start_with(", labels: {via: gateway, b: own}",
             "[{source_labels: [a], regex: drop, action: drop},"
             " {source_labels: [__hidden], target_label: seen}]");
  const std::string body =
      packed(stream(R"({a="1", b="theirs", __hidden="h"})", {"x"}) +
             stream(R"({a="drop"})", {"y", "z"}) + stream(R"({c="3"})", {"after"}));
  EXPECT_EQ(status_of(push({}, body)), 204);
  EXPECT_EQ(sink_.lines(), (std::vector<std::string>{"x", "after"}));
  EXPECT_EQ(sink_.entries[0].labels,
            (model::LabelSet{{"a", "1"}, {"b", "own"}, {"seen", "h"}, {"via", "gateway"}}));
  EXPECT_EQ(ledger_.in("loki_push").value(), 4U);
  EXPECT_EQ(dropped("relabel_drop"), 2U);
}

TEST_F(LokiPushSourceTest, DropsOnlyTheStreamThatHasNoLabels) {
  start_with("");
  const std::string body = packed(stream(R"({__a="1"})", {"x"}) + stream(R"({b="1"})", {"y"}));
  EXPECT_EQ(status_of(push({}, body)), 204);
  EXPECT_EQ(sink_.lines(), std::vector<std::string>{"y"});
  EXPECT_EQ(dropped("no_labels"), 1U);
}

TEST_F(LokiPushSourceTest, ArrivalTimesKeepEqualLinesApart) {
  start_with("");
  EXPECT_EQ(status_of(push({}, packed(stream(R"({a="1"})", {"x", "x"})))), 204);
  ASSERT_EQ(sink_.entries.size(), 2U);
  EXPECT_EQ(sink_.entries[0].time, clock_.wall_now());
  EXPECT_GT(sink_.entries[1].time, sink_.entries[0].time);
}

TEST_F(LokiPushSourceTest, TakesTheStreamsThatItCanRead) {
  start_with("");
  const std::string body = packed(stream(R"({a="1"})", {"x"}) + stream("{a", {"y", "z"}) +
                                  stream("nonsense", {"w"}) + stream(R"({b="1"})", {"v"}));
  const std::string answer = push({}, body);
  EXPECT_EQ(status_of(answer), 400);
  EXPECT_NE(answer.find("labels, column 3: = is asked here; total ignored: 3 out of 5"),
            std::string::npos)
      << answer;
  EXPECT_EQ(sink_.lines(), (std::vector<std::string>{"x", "v"}));
  EXPECT_EQ(ledger_.in("loki_push").value(), 5U);
  EXPECT_EQ(dropped("parse_error"), 3U);
}

TEST_F(LokiPushSourceTest, RefusesWhatItCannotTake) {
  start_with(", max_send_msg_size: 1000");
  const std::string large(1001, 'x');
  const struct {
    const char* name;
    const char* method;
    const char* path;
    Headers headers;
    std::string body;
    int status;
  } cases[] = {
      {"no snappy", "POST", "/loki/api/v1/push", {}, "nonsense", 400},
      {"no protobuf", "POST", "/loki/api/v1/push", {}, packed("nonsense"), 400},
      {"no JSON", "POST", "/loki/api/v1/push", {"application/json", ""}, "{", 400},
      {"no gzip", "POST", "/loki/api/v1/push", {"application/json", "gzip"}, kJson, 400},
      {"another type, no snappy", "POST", "/loki/api/v1/push", {"text/plain", ""}, "x", 400},
      {"another encoding", "POST", "/loki/api/v1/push", {"application/json", "br"}, "x", 415},
      {"too large", "POST", "/loki/api/v1/push", {"application/json", ""}, large, 413},
      {"too large unpacked",
       "POST",
       "/loki/api/v1/push",
       {"application/json", "gzip"},
       codec::gzip_compress(large),
       413},
      {"too large a block", "POST", "/loki/api/v1/push", {}, packed(large), 413},
      {"too large lines", "POST", "/promtail/api/v1/raw", {}, large, 413},
      {"another method", "GET", "/loki/api/v1/push", {}, "", 405},
      {"another path", "POST", "/loki/api/v1/query", {}, "", 404},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    EXPECT_EQ(status_of(exchange(c.method, c.path, c.headers, c.body)), c.status);
  }
  EXPECT_TRUE(sink_.entries.empty());
  EXPECT_EQ(ledger_.in("loki_push").value(), 0U);
  EXPECT_EQ(receiver().refused, 10U);
  EXPECT_EQ(status_of(exchange("POST", "/promtail/api/v1/raw", {}, large.substr(1))), 204);
}

TEST_F(LokiPushSourceTest, RefusesWholeRequestsWhileThereIsNoRoom) {
  start_with("");
  sink_.full = true;
  const std::string body = packed(stream(R"({a="1"})", {"x", "y"}) + stream("{a", {"z"}));
  const std::string answer = push({}, body);
  EXPECT_EQ(status_of(answer), 503);
  EXPECT_NE(answer.find("retry-after: "), std::string::npos) << answer;
  EXPECT_EQ(status_of(exchange("POST", "/promtail/api/v1/raw", {}, "x")), 503);
  EXPECT_EQ(ledger_.in("loki_push").value(), 0U);
  EXPECT_EQ(dropped("parse_error"), 0U);
  sink_.full = false;
  EXPECT_EQ(status_of(push({}, packed(stream(R"({a="1"})", {"x", "y"})))), 204);
  EXPECT_EQ(sink_.lines(), (std::vector<std::string>{"x", "y"}));
}

TEST_F(LokiPushSourceTest, RefusesWhileItStops) {
  start_with("");
  testing::RawClient client(loop_, address());
  client.send("POST /promtail/api/v1/raw HTTP/1.1\r\nhost: x\r\ncontent-length: 1\r\n\r\n");
  EXPECT_TRUE(testing::run_until(
      loop_, [&] { return scope_.with("listener", kKey).gauge("http_connections").value() > 0; }));
  loop_.run_for(std::chrono::milliseconds(20));
  source_->stop();
  client.send("x");
  EXPECT_TRUE(client.sees("503"));
  EXPECT_TRUE(sink_.entries.empty());
}

TEST_F(LokiPushSourceTest, AnswersReadyBelowItsPrefix) {
  start(
      "{loki_push_api: {server: {http_listen_address: 127.0.0.1, http_listen_port: 0, "
      "http_path_prefix: /agent}}}",
      kKey);
  EXPECT_EQ(status_of(exchange("GET", "/agent/ready", {}, "")), 200);
  EXPECT_EQ(status_of(exchange("GET", "/ready", {}, "")), 404);
  EXPECT_EQ(status_of(exchange("POST", "/agent/promtail/api/v1/raw", {}, "x")), 204);
}

TEST_F(LokiPushSourceTest, KeepsStructuredMetadata) {
  start_with("");
  EXPECT_EQ(status_of(push({"application/json", ""}, kJson)), 204);
  ASSERT_EQ(sink_.entries.size(), 1U);
  EXPECT_EQ(sink_.entries[0].metadata, (model::LabelSet{{"id", "7"}}));
}

TEST_F(LokiPushSourceTest, SaysThatAnAddressIsTaken) {
  start_with("");
  const std::string port = std::to_string(address().port);
  make(
      "{loki_push_api: {server: {http_listen_address: 127.0.0.1, http_listen_port: " + port + "}}}",
      kKey);
  // The first one went with `make`, so a second one is in the way.
  ASSERT_TRUE(source_->start());
  auto first = std::move(source_);
  make(
      "{loki_push_api: {server: {http_listen_address: 127.0.0.1, http_listen_port: " + port + "}}}",
      kKey);
  const Status started = source_->start();
  ASSERT_FALSE(started);
  EXPECT_EQ(started.error().kind, ErrorKind::Config);
  EXPECT_FALSE(source_->ready());
}

TEST_F(LokiPushSourceTest, NamesWhatIsWrongWithItsOptions) {
  const struct {
    const char* options;
    const char* problem;
  } cases[] = {
      {"{sever: {}}", "loki_push_api.sever"},
      {"{server: {http_listen_port: x}}", "loki_push_api.server.http_listen_port"},
      {"{server: {log_level: foo}}", "loki_push_api.server.log_level"},
      {"{server: {health_check_target: foo}}", "loki_push_api.server.health_check_target"},
      {"{labels: {a: [1]}}", "loki_push_api.labels.a"},
      {"{max_send_msg_size: 0}", "loki_push_api.max_send_msg_size"},
      {"{use_incoming_timestamp: perhaps}", "loki_push_api.use_incoming_timestamp"},
  };
  for (const auto& c : cases)
    EXPECT_NE(problem_of(c.options, kKey).find(c.problem), std::string::npos)
        << c.options << " " << problem_of(c.options, kKey);
  EXPECT_EQ(
      problem_of("{server: {http_listen_port: 3500, grpc_listen_port: 3600, log_level: info}, "
                 "labels: {via: gateway}, max_send_msg_size: 10485760}",
                 kKey),
      "");
}

}  // namespace
}  // namespace agent::logs
