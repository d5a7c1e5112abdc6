#include "agent/export/retry_policy.h"

#include <limits>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace agent::exporter {

void PrintTo(Outcome::Kind kind, std::ostream* out) {
  constexpr const char* kNames[] = {"Delivered", "Retry", "Drop", "Split"};
  *out << kNames[static_cast<int>(kind)];
}

namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;
using ::testing::StartsWith;
using Kind = Outcome::Kind;

// Sun, 06 Nov 1994 08:49:37 GMT, the date of the examples in RFC 9110.
constexpr Timestamp kNow{784111777s};
constexpr std::uint64_t kAll = std::numeric_limits<std::uint64_t>::max();

net::ClientResponse response(int status, std::string body = {}, const char* retry_after = nullptr) {
  net::ClientResponse out;
  out.status = status;
  out.body = std::move(body);
  if (retry_after != nullptr) out.headers.add("retry-after", retry_after);
  return out;
}

TEST(JudgeHttp, FollowsTheTableOfEachProtocol) {
  const auto loki = Protocol::LokiPush;
  const auto write = Protocol::RemoteWrite;
  const auto otlp = Protocol::OtlpHttp;
  const struct {
    Protocol protocol;
    int status;
    Kind kind;
    const char* reason;
    Duration at_least;
    bool data_error;
  } cases[] = {
      {loki, 200, Kind::Delivered, "", 0s, false},
      {loki, 204, Kind::Delivered, "", 0s, false},
      {loki, 302, Kind::Drop, "http_302", 0s, true},
      {loki, 400, Kind::Split, "http_400", 0s, true},
      {loki, 401, Kind::Retry, "http_401", 30s, false},
      {loki, 403, Kind::Retry, "http_403", 30s, false},
      {loki, 404, Kind::Retry, "http_404", 30s, false},
      {loki, 405, Kind::Drop, "http_405", 0s, true},
      {loki, 410, Kind::Drop, "http_410", 0s, true},
      {loki, 413, Kind::Split, "too_large", 0s, true},
      {loki, 422, Kind::Drop, "http_422", 0s, true},
      {loki, 429, Kind::Retry, "http_429", 0s, true},
      {loki, 500, Kind::Retry, "http_500", 0s, false},
      {loki, 599, Kind::Retry, "http_599", 0s, false},
      {loki, 600, Kind::Drop, "http_600", 0s, true},
      {write, 200, Kind::Delivered, "", 0s, false},
      {write, 204, Kind::Delivered, "", 0s, false},
      {write, 260, Kind::Delivered, "", 0s, false},
      {write, 307, Kind::Drop, "http_307", 0s, true},
      {write, 400, Kind::Drop, "http_400", 0s, true},
      {write, 401, Kind::Retry, "http_401", 30s, false},
      {write, 403, Kind::Retry, "http_403", 30s, false},
      {write, 404, Kind::Retry, "http_404", 30s, false},
      {write, 408, Kind::Drop, "http_408", 0s, true},
      {write, 413, Kind::Split, "too_large", 0s, true},
      {write, 429, Kind::Retry, "http_429", 0s, true},
      {write, 500, Kind::Retry, "http_500", 0s, false},
      {write, 501, Kind::Retry, "http_501", 0s, false},
      {write, 503, Kind::Retry, "http_503", 0s, false},
      {otlp, 200, Kind::Delivered, "", 0s, false},
      {otlp, 400, Kind::Split, "http_400", 0s, true},
      {otlp, 401, Kind::Drop, "http_401", 0s, true},
      {otlp, 403, Kind::Drop, "http_403", 0s, true},
      {otlp, 404, Kind::Drop, "http_404", 0s, true},
      {otlp, 413, Kind::Split, "too_large", 0s, true},
      {otlp, 429, Kind::Retry, "http_429", 0s, true},
      {otlp, 500, Kind::Drop, "http_500", 0s, true},
      {otlp, 501, Kind::Drop, "http_501", 0s, true},
      {otlp, 502, Kind::Retry, "http_502", 0s, false},
      {otlp, 503, Kind::Retry, "http_503", 0s, false},
      {otlp, 504, Kind::Retry, "http_504", 0s, false},
      {otlp, 505, Kind::Drop, "http_505", 0s, true},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(std::to_string(static_cast<int>(c.protocol)) + " " + std::to_string(c.status));
    const Outcome outcome = judge_http({c.protocol}, response(c.status, " words\n"), kNow);
    const bool about_records = c.status == 400 || c.status == 413 || c.status == 422;
    EXPECT_EQ(outcome.judges_records, about_records);
    EXPECT_EQ(outcome.answer, about_records ? "words" : "");
    EXPECT_EQ(outcome.kind, c.kind);
    EXPECT_EQ(outcome.reason, c.reason);
    EXPECT_EQ(outcome.at_least, c.at_least);
    EXPECT_EQ(outcome.data_error, c.data_error);
    EXPECT_EQ(outcome.rejected, 0U);
    const bool of_tenant =
        c.kind == Kind::Retry && (c.status == 401 || c.status == 403 || c.status == 429);
    EXPECT_EQ(outcome.concerns == Outcome::Concerns::Tenant, of_tenant);
    const bool bounded = c.protocol == write && c.status == 404;
    EXPECT_EQ(outcome.keep_for, bounded ? Duration(5min) : Duration(0s));
  }
}

TEST(JudgeHttp, OptionsChangeTheTable) {
  RetryOptions no_429{Protocol::LokiPush};
  no_429.retry_on_429 = false;
  const Outcome limited = judge_http(no_429, response(429), kNow);
  EXPECT_EQ(limited.kind, Kind::Drop);
  EXPECT_EQ(limited.reason, "http_429");

  RetryOptions keeps{Protocol::OtlpHttp};
  keeps.retry_auth_errors = true;
  for (const int status : {401, 403}) {
    const Outcome outcome = judge_http(keeps, response(status), kNow);
    EXPECT_EQ(outcome.kind, Kind::Retry);
    EXPECT_EQ(outcome.at_least, Duration(30s));
  }
  EXPECT_EQ(judge_http(keeps, response(404), kNow).kind, Kind::Drop);
}

TEST(JudgeHttp, CountsWhatLokiIgnored) {
  const struct {
    const char* name;
    std::string body;
    Kind kind;
    std::uint64_t rejected;
  } cases[] = {
      {"one stream", "entry too far behind, total ignored: 3 out of 10 for stream: {a=\"b\"}",
       Kind::Delivered, 3},
      {"two streams", "total ignored: 3 out of 10\nx total ignored: 4 out of 4", Kind::Delivered,
       7},
      {"nothing ignored", "total ignored: 0 out of 10", Kind::Delivered, 0},
      {"no count", "total ignored: many out of 10", Kind::Split, 0},
      {"cut short", "total ignored: 3", Kind::Split, 0},
      {"a negative count", "total ignored: -3 out of 10", Kind::Split, 0},
      {"a count past 64 bits", "total ignored: 99999999999999999999 out of 9", Kind::Split, 0},
      {"a sum past 64 bits",
       "total ignored: 18446744073709551615 out of 1, total ignored: 9 out of 9", Kind::Delivered,
       kAll},
      {"something else", "error at least one label pair is required per stream", Kind::Split, 0},
      {"silent", "", Kind::Split, 0},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    const Outcome outcome = judge_http({Protocol::LokiPush}, response(400, c.body), kNow);
    EXPECT_EQ(outcome.kind, c.kind);
    EXPECT_EQ(outcome.rejected, c.rejected);
    if (c.rejected > 0) {
      EXPECT_EQ(outcome.reason, "backend_rejected");
    }
    const Outcome foreign = judge_http({Protocol::RemoteWrite}, response(400, c.body), kNow);
    EXPECT_EQ(foreign.kind, Kind::Drop);
  }
}

TEST(JudgeHttp, Loki260TakesNothing) {
  const Outcome outcome = judge_http({Protocol::LokiPush}, response(260, "blocked"), kNow);
  EXPECT_EQ(outcome.kind, Kind::Delivered);
  EXPECT_EQ(outcome.rejected, kAll);
  EXPECT_EQ(outcome.reason, "backend_rejected");
  EXPECT_EQ(outcome.message, "HTTP 260: blocked");
  EXPECT_TRUE(outcome.blocked);
  EXPECT_FALSE(judge_http({Protocol::LokiPush}, response(204), kNow).blocked);
}

TEST(JudgeHttp, RetryAfterIsTheFloor) {
  const struct {
    const char* name;
    int status;
    const char* retry_after;
    Duration at_least;
  } cases[] = {
      {"429", 429, "7", 7s},
      {"503", 503, "7", 7s},
      {"a shorter one than ours", 401, "7", 30s},
      {"a longer one than ours", 401, "70", 70s},
      {"garbage", 503, "soon", 0s},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    const auto answer = response(c.status, "", c.retry_after);
    EXPECT_EQ(judge_http({Protocol::RemoteWrite}, answer, kNow).at_least, c.at_least);
  }
}

TEST(JudgeHttp, NoAnswerKeepsTheData) {
  const struct {
    ErrorKind kind;
    Duration at_least;
  } cases[] = {
      {ErrorKind::Network, 0s}, {ErrorKind::Timeout, 0s}, {ErrorKind::Input, 0s},
      {ErrorKind::Config, 30s}, {ErrorKind::Io, 30s},     {ErrorKind::Rejected, 30s},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(to_string(c.kind));
    for (const auto protocol : {Protocol::LokiPush, Protocol::RemoteWrite, Protocol::OtlpHttp}) {
      const Outcome outcome = judge_http({protocol}, Error{c.kind, "host:1: gone"}, kNow);
      EXPECT_EQ(outcome.kind, Kind::Retry);
      EXPECT_EQ(outcome.at_least, c.at_least);
      EXPECT_EQ(outcome.message, "host:1: gone");
      EXPECT_FALSE(outcome.data_error);
    }
  }
}

TEST(JudgeHttp, TheMessageHasAtMost256Bytes) {
  const auto message = [](std::string body) {
    return judge_http({Protocol::RemoteWrite}, response(400, std::move(body)), kNow).message;
  };
  const std::string head = "HTTP 400: ";
  EXPECT_EQ(message("  why\n"), head + "why");
  EXPECT_EQ(message(std::string(246, 'x')), head + std::string(246, 'x'));
  EXPECT_EQ(message(std::string(247, 'x')), head + std::string(246, 'x'));
  // Never half a character, never bytes that are no text.
  const std::string cut = message(std::string(245, 'x') + "é and more");
  EXPECT_LE(cut.size(), 256U);
  EXPECT_THAT(cut, StartsWith(head + std::string(245, 'x')));
  EXPECT_EQ(message("\xff"), head + "\xef\xbf\xbd");
  EXPECT_LE(message(std::string(300, '\xff')).size(), 256U);
}

TEST(JudgeGrpc, FollowsTheTable) {
  using net::GrpcCode;
  const struct {
    GrpcCode code;
    Kind kind;
    const char* reason;
  } cases[] = {
      {GrpcCode::Ok, Kind::Delivered, ""},
      {GrpcCode::Cancelled, Kind::Retry, "grpc_1"},
      {GrpcCode::Unknown, Kind::Drop, "grpc_2"},
      {GrpcCode::InvalidArgument, Kind::Split, "grpc_3"},
      {GrpcCode::DeadlineExceeded, Kind::Retry, "grpc_4"},
      {GrpcCode::NotFound, Kind::Drop, "grpc_5"},
      {GrpcCode::AlreadyExists, Kind::Drop, "grpc_6"},
      {GrpcCode::PermissionDenied, Kind::Drop, "grpc_7"},
      {GrpcCode::ResourceExhausted, Kind::Split, "grpc_8"},
      {GrpcCode::FailedPrecondition, Kind::Drop, "grpc_9"},
      {GrpcCode::Aborted, Kind::Retry, "grpc_10"},
      {GrpcCode::OutOfRange, Kind::Retry, "grpc_11"},
      {GrpcCode::Unimplemented, Kind::Drop, "grpc_12"},
      {GrpcCode::Internal, Kind::Drop, "grpc_13"},
      {GrpcCode::Unavailable, Kind::Retry, "grpc_14"},
      {GrpcCode::DataLoss, Kind::Retry, "grpc_15"},
      {GrpcCode::Unauthenticated, Kind::Drop, "grpc_16"},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(net::to_string(c.code));
    net::GrpcReply reply;
    reply.code = c.code;
    reply.message = "why";
    const Outcome outcome = judge_grpc(reply);
    EXPECT_EQ(outcome.kind, c.kind);
    EXPECT_EQ(outcome.reason, c.reason);
    EXPECT_EQ(outcome.data_error, c.kind == Kind::Drop || c.kind == Kind::Split);
    if (c.code == GrpcCode::Ok) continue;
    EXPECT_EQ(outcome.message, std::string(net::to_string(c.code)) + ": why");
    // The same from the transport says nothing about the data.
    reply.from_transport = true;
    EXPECT_EQ(judge_grpc(reply).kind, Kind::Retry);
    EXPECT_FALSE(judge_grpc(reply).data_error);
  }
}

TEST(JudgeGrpc, RetryInfoAllowsARetryAndIsTheFloor) {
  using net::GrpcCode;
  const struct {
    const char* name;
    GrpcCode code;
    Duration hint;
    Kind kind;
    Duration at_least;
  } cases[] = {
      {"exhausted", GrpcCode::ResourceExhausted, 5s, Kind::Retry, 5s},
      {"exhausted, at once", GrpcCode::ResourceExhausted, 0s, Kind::Retry, 0s},
      {"unavailable", GrpcCode::Unavailable, 5s, Kind::Retry, 5s},
      {"ten minutes", GrpcCode::Unavailable, 10min, Kind::Retry, 10min},
      {"beyond ten minutes", GrpcCode::Unavailable, 10min + 1ns, Kind::Retry, 0s},
      {"below zero", GrpcCode::Unavailable, -1s, Kind::Retry, 0s},
      {"does not help bad data", GrpcCode::InvalidArgument, 5s, Kind::Split, 0s},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    net::GrpcReply reply;
    reply.code = c.code;
    reply.retry_delay = c.hint;
    const Outcome outcome = judge_grpc(reply);
    EXPECT_EQ(outcome.kind, c.kind);
    EXPECT_EQ(outcome.at_least, c.at_least);
  }
}

TEST(JudgeGrpc, KeepsDataWhileATokenIsRefused) {
  RetryOptions keeps{Protocol::OtlpHttp};
  keeps.retry_auth_errors = true;
  for (const auto code : {net::GrpcCode::Unauthenticated, net::GrpcCode::PermissionDenied}) {
    net::GrpcReply reply;
    reply.code = code;
    EXPECT_EQ(judge_grpc(reply, keeps).kind, Kind::Retry);
    EXPECT_EQ(judge_grpc(reply, keeps).at_least, Duration(30s));
  }
}

TEST(ParseRetryAfter, TakesSecondsAndDates) {
  const struct {
    const char* text;
    Duration wanted;
  } cases[] = {
      {"0", 0s},
      {"1", 1s},
      {" 120 ", 120s},
      {"600", 600s},
      {"601", 0s},
      {"4294967296", 0s},
      {"99999999999999999999", 0s},
      {"", 0s},
      {"-1", 0s},
      {"1.5", 0s},
      {"1s", 0s},
      {"soon", 0s},
      {"Sun, 06 Nov 1994 08:49:47 GMT", 10s},
      {"Sunday, 06-Nov-94 08:49:47 GMT", 10s},
      {"Sun Nov  6 08:49:47 1994", 10s},
      {"Sun, 06 Nov 1994 08:59:37 GMT", 600s},
      {"Sun, 06 Nov 1994 08:59:38 GMT", 0s},
      {"Sun, 06 Nov 1994 08:49:37 GMT", 0s},
      {"Sun, 06 Nov 1994 08:49:36 GMT", 0s},
      {"Fri, 31 Dec 9999 23:59:59 GMT", 0s},
      {"Sun, 06 Nov 1994 08:49:47 CET", 0s},
      {"Sun, 06 Nov 1994 08:49:47 GMT+1", 0s},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.text);
    EXPECT_EQ(parse_retry_after(c.text, kNow), c.wanted);
  }
  EXPECT_EQ(parse_retry_after("Sun, 06 Nov 1994 08:49:47 GMT", kNow + 400ms), Duration(9600ms));
}

}  // namespace
}  // namespace agent::exporter
