#include "agent/net/grpc_frame.h"

#include <gtest/gtest.h>

#include "agent/base/base64.h"

namespace agent::net {
namespace {

using namespace std::literals;

TEST(GrpcCode, IsReadFromItsNumber) {
  const struct {
    const char *name, *text;
    std::optional<GrpcCode> code;
  } cases[] = {
      {"OK", "0", GrpcCode::Ok},
      {"the last", "16", GrpcCode::Unauthenticated},
      {"past the last", "17", GrpcCode::Unknown},
      {"past any integer", "99999999999", GrpcCode::Unknown},
      {"nothing", "", std::nullopt},
      {"a word", "OK", std::nullopt},
      {"a negative number", "-1", std::nullopt},
      {"a tail", "3x", std::nullopt},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    EXPECT_EQ(parse_grpc_code(c.text), c.code);
  }
  EXPECT_STREQ(to_string(GrpcCode::Ok), "OK");
  EXPECT_STREQ(to_string(GrpcCode::ResourceExhausted), "RESOURCE_EXHAUSTED");
  EXPECT_STREQ(to_string(GrpcCode::Unavailable), "UNAVAILABLE");
  EXPECT_STREQ(to_string(GrpcCode::Unauthenticated), "UNAUTHENTICATED");
}

TEST(GrpcMessage, IsReadWholeOrRefusedWithItsCode) {
  const struct {
    const char* name;
    std::string body;
    std::optional<std::string_view> encoding;
    GrpcCode code;
    std::string payload;
  } cases[] = {
      {"one message", "\0\0\0\0\3abc"s, {}, GrpcCode::Ok, "abc"},
      {"an empty message", "\0\0\0\0\0"s, {}, GrpcCode::Ok, ""},
      {"a compressed message", "\1\0\0\0\1x"s, "gzip", GrpcCode::Ok, "x"},
      {"compressed, but how?", "\1\0\0\0\1x"s, {}, GrpcCode::Internal, ""},
      {"no message", "", {}, GrpcCode::Unimplemented, ""},
      {"two messages", "\0\0\0\0\1a\0\0\0\0\1b"s, {}, GrpcCode::Unimplemented, ""},
      {"one byte too many", "\0\0\0\0\1ab"s, {}, GrpcCode::Unimplemented, ""},
      {"one byte too few", "\0\0\0\0\2a"s, {}, GrpcCode::Internal, ""},
      {"a cut prefix", "\0\0\0\0"s, {}, GrpcCode::Internal, ""},
      {"a longest length", "\0\xff\xff\xff\xff"s, {}, GrpcCode::Internal, ""},
      {"an unknown flag", "\2\0\0\0\1x"s, "gzip", GrpcCode::Internal, ""},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    GrpcStatus error;
    const auto message = read_grpc_message(c.body, c.encoding, &error);
    EXPECT_EQ(error.code, c.code);
    ASSERT_EQ(message.has_value(), c.code == GrpcCode::Ok);
    EXPECT_EQ(error.message.empty(), message.has_value());
    if (message) {
      EXPECT_EQ(message->payload, c.payload);
      EXPECT_EQ(message->compressed, c.body[0] == 1);
    }
  }
}

TEST(GrpcMessage, PrefixIsBigEndian) {
  std::string out = "x";
  append_grpc_prefix(out, true, 0x01020304);
  EXPECT_EQ(out, "x\1\1\2\3\4"s);
  const auto prefix = read_grpc_prefix(std::string_view(out).substr(1));
  ASSERT_TRUE(prefix);
  ASSERT_TRUE(*prefix);
  EXPECT_EQ((*prefix)->length, 0x01020304U);
  EXPECT_TRUE((*prefix)->compressed);
  EXPECT_FALSE(read_grpc_prefix("\0\0\0\0"s)->has_value());
  EXPECT_EQ(make_grpc_frame("ab"), "\0\0\0\0\2ab"s);
}

TEST(GrpcMessageHeader, SurvivesTheTrip) {
  const struct {
    const char *name, *text, *encoded;
  } cases[] = {
      {"plain words", "no room now", "no room now"},
      {"a percent sign", "100%", "100%25"},
      {"UTF-8", "é", "%C3%A9"},
      {"a line break", "a\nb", "a%0Ab"},
      {"the edges of what stays", " ~", " ~"},
      {"just past them", "\x1f\x7f", "%1F%7F"},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    EXPECT_EQ(encode_grpc_message(c.text), c.encoded);
    EXPECT_EQ(decode_grpc_message(c.encoded), c.text);
  }
  EXPECT_EQ(decode_grpc_message("%zz %4 % %c3%a9"), "%zz %4 % é") << "lenient";
}

TEST(RpcStatus, HasTheBytesOfTheProtoFiles) {
  // By hand from the field tables: code 14, message "full", Any{RetryInfo{1.5 s}}.
  const std::string any =
      "\x0a\x28type.googleapis.com/google.rpc.RetryInfo\x12\x0a\x0a\x08"
      "\x08\x01\x10\x80\xca\xb5\xee\x01"s;
  const std::string expected =
      "\x08\x0e\x12\x04"
      "full\x1a"s +
      static_cast<char>(any.size()) + any;
  EXPECT_EQ(encode_rpc_status({14, "full", 1500ms}), expected);
  const auto decoded = decode_rpc_status(expected);
  ASSERT_TRUE(decoded) << decoded.error().message;
  EXPECT_EQ(decoded->code, 14);
  EXPECT_EQ(decoded->message, "full");
  EXPECT_EQ(decoded->retry_delay, Duration(1500ms));
}

TEST(RpcStatus, ReadsWhatOthersSend) {
  // One field of wire type 2 that is shorter than 128 bytes.
  const auto field = [](char key, const std::string& bytes) {
    return std::string{key, static_cast<char>(bytes.size())} + bytes;
  };
  const auto with_delay = [&](const std::string& duration) {
    return field('\x1a',
                 field('\x0a', "x/google.rpc.RetryInfo") + field('\x12', field('\x0a', duration)));
  };
  const struct {
    const char* name;
    std::string bytes;
    bool valid;
    std::optional<Duration> delay;
  } cases[] = {
      {"nothing", "", true, {}},
      {"an unknown field", "\x28\x01", true, {}},
      {"a detail that is not RetryInfo", "\x1a\x03\x0a\x01x", true, {}},
      {"a known field of another type", "\x0a\x01x", true, {}},
      {"RetryInfo of no delay", with_delay(""), true, Duration::zero()},
      {"one second", with_delay("\x08\x01"), true, Duration(1s)},
      {"a day", with_delay("\x08\x80\xa3\x05"), true, Duration(24h)},
      {"past a day", with_delay("\x08\x81\xa3\x05"), true, Duration(24h)},
      {"a negative delay", with_delay("\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"), true,
       Duration::zero()},
      {"a cut varint", "\x08\xff", false, {}},
      {"a length past the end",
       "\x12\x05"
       "ab",
       false,
       {}},
      {"a cut detail", "\x1a\x02\x0a\x05", false, {}},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    const auto status = decode_rpc_status(c.bytes);
    ASSERT_EQ(status.has_value(), c.valid);
    if (c.valid) {
      EXPECT_EQ(status->retry_delay, c.delay);
    } else {
      EXPECT_EQ(status.error().kind, ErrorKind::Input);
    }
  }
}

TEST(GrpcTimeout, IsReadAndWritten) {
  const struct {
    const char *name, *text;
    std::optional<Duration> timeout;
  } cases[] = {
      {"hours", "2H", 2h},
      {"minutes", "3M", 3min},
      {"seconds", "10S", 10s},
      {"milliseconds", "100m", 100ms},
      {"microseconds", "5u", 5us},
      {"nanoseconds", "7n", 7ns},
      {"eight digits", "99999999n", 99999999ns},
      {"nine digits", "100000000n", std::nullopt},
      {"more hours than fit", "99999999H", Duration::max()},
      {"no digits", "S", std::nullopt},
      {"no unit", "10", std::nullopt},
      {"an unknown unit", "10s", std::nullopt},
      {"a sign", "-1S", std::nullopt},
      {"a fraction", "1.5S", std::nullopt},
      {"nothing", "", std::nullopt},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    EXPECT_EQ(parse_grpc_timeout(c.text), c.timeout);
  }
  EXPECT_EQ(format_grpc_timeout(10s), "10000000u");
  EXPECT_EQ(format_grpc_timeout(0s), "0n");
  EXPECT_EQ(format_grpc_timeout(-1s), "0n");
  EXPECT_EQ(format_grpc_timeout(99999999ns), "99999999n");
  EXPECT_EQ(format_grpc_timeout(100000001ns), "100001u") << "rounded up";
  EXPECT_EQ(format_grpc_timeout(Duration::max()), "2562048H");
}

TEST(GrpcResponse, CarriesStatusAndDelay) {
  const auto reply = make_grpc_reply("x");
  EXPECT_EQ(reply.status, 200);
  EXPECT_EQ(reply.headers.get("content-type"), "application/grpc");
  EXPECT_EQ(reply.body, "\0\0\0\0\1x"s);
  EXPECT_EQ(reply.trailers.get("grpc-status"), "0");

  const auto plain = make_grpc_response(GrpcCode::InvalidArgument, "bad\nbytes");
  EXPECT_EQ(plain.body, "");
  EXPECT_EQ(plain.trailers.get("grpc-status"), "3");
  EXPECT_EQ(plain.trailers.get("grpc-message"), "bad%0Abytes");
  EXPECT_FALSE(plain.trailers.get("grpc-status-details-bin"));

  const auto full = make_grpc_response(GrpcCode::Unavailable, "full", 2s);
  const auto details = decode_base64(full.trailers.get("grpc-status-details-bin").value_or(""));
  ASSERT_TRUE(details);
  const auto status = decode_rpc_status(*details);
  ASSERT_TRUE(status);
  EXPECT_EQ(status->code, 14);
  EXPECT_EQ(status->message, "full");
  EXPECT_EQ(status->retry_delay, Duration(2s));
}

}  // namespace
}  // namespace agent::net
