#include "agent/logs/sources/gelf_source.h"

#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <zlib.h>

#include "agent/codec/compression.h"
#include "agent/logs/sources/gelf_chunks.h"
#include "agent/logs/sources/gelf_message.h"

#include "tests/support/udp_client.h"
#include "tests/unit/logs/sources/source_harness.h"

namespace agent::logs {
namespace {

using namespace std::literals;
using agent::testing::UdpClient;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::string chunk(const std::string& id, int number, int count, std::string_view payload) {
  return "\x1e\x0f" + id + static_cast<char>(number) + static_cast<char>(count) +
         std::string(payload);
}

std::string zlib_of(const std::string& text) {
  uLongf size = ::compressBound(text.size());
  std::string out(size, '\0');
  EXPECT_EQ(::compress(reinterpret_cast<Bytef*>(out.data()), &size,
                       reinterpret_cast<const Bytef*>(text.data()), text.size()),
            Z_OK);
  out.resize(size);
  return out;
}

TEST(GelfMessage, BecomesALineInTheGivenOrder) {
  const struct {
    const char* name;
    std::string json, line;
  } cases[] = {
      {"all fields",
       R"({"_z":1,"_a":"x","facility":"f","level":5,"timestamp":1385053862.3072,"full_message":"l",)"
       R"("short_message":"s","host":"h","version":"1.1","other":"left out"})",
       R"({"version":"1.1","host":"h","short_message":"s","full_message":"l",)"
       R"("timestamp":1385053862.3072,"level":5,"facility":"f","_a":"x","_z":1})"},
      {"nothing", "{}", R"({"version":"","host":"","short_message":"","timestamp":0})"},
      {"empty ones are left out", R"({"full_message":"","level":0,"facility":""})",
       R"({"version":"","host":"","short_message":"","timestamp":0})"},
      {"values of any kind", R"({"_b":{"d":[1,null],"c":true},"_a":1e30})",
       R"({"version":"","host":"","short_message":"","timestamp":0,"_a":1e+30,)"
       R"("_b":{"c":true,"d":[1,null]}})"},
      {"as Go escapes", R"({"short_message":"<a>&\n\"é"})",
       R"({"version":"","host":"","short_message":"\u003ca\u003e\u0026\n\"é","timestamp":0})"},
      {"numbers in quotes", R"({"timestamp":"12.5","level":"3"})",
       R"({"version":"","host":"","short_message":"","timestamp":12.5,"level":3})"},
      {"a NUL behind it", "{}\0"s, R"({"version":"","host":"","short_message":"","timestamp":0})"},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    codec::JsonPool pool;
    const auto message = parse_gelf(c.json, pool);
    ASSERT_TRUE(message) << message.error().message;
    EXPECT_EQ(message->line, c.line);
  }
}

TEST(GelfMessage, RefusesWhatIsNoMessage) {
  for (const char* json : {"", "[]", "null", "{", "{} x", R"({"version":1})", R"({"host":null})",
                           R"({"level":"high"})", R"({"timestamp":"NaN"})", R"({"level":[1]})"}) {
    SCOPED_TRACE(json);
    codec::JsonPool pool;
    EXPECT_FALSE(parse_gelf(json, pool));
  }
}

TEST(GelfMessage, KnowsItsTimeToTheMicrosecond) {
  const struct {
    const char* json;
    std::optional<Timestamp> time;
  } cases[] = {
      {R"({"timestamp":1385053862.3072})", Timestamp(Duration(1'385'053'862'307'200'000))},
      {R"({"timestamp":1700000000})", Timestamp(Duration(1'700'000'000'000'000'000))},
      {R"({"timestamp":0})", std::nullopt},
      {R"({"timestamp":-5})", std::nullopt},
      {R"({"timestamp":1e12})", std::nullopt},
      {"{}", std::nullopt},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.json);
    codec::JsonPool pool;
    EXPECT_EQ(parse_gelf(c.json, pool)->time, c.time);
  }
}

TEST(GelfChunks, PutsMessagesTogether) {
  GelfChunks chunks;
  const SteadyTime now(1h);
  std::string out;
  using Added = GelfChunks::Added;
  EXPECT_EQ(chunks.add(chunk("AAAAAAAA", 1, 3, "b"), "p", now, out), Added::Waits);
  EXPECT_EQ(chunks.add(chunk("AAAAAAAA", 1, 3, "B"), "p", now, out), Added::Waits) << "twice";
  EXPECT_EQ(chunks.add(chunk("AAAAAAAA", 0, 3, "x"), "other", now, out), Added::Waits);
  EXPECT_EQ(chunks.add(chunk("BBBBBBBB", 0, 1, "one"), "p", now, out), Added::Complete);
  EXPECT_EQ(out, "one");
  EXPECT_EQ(chunks.add(chunk("AAAAAAAA", 2, 3, "c"), "p", now, out), Added::Waits);
  EXPECT_EQ(chunks.add(chunk("AAAAAAAA", 0, 3, "a"), "p", now, out), Added::Complete);
  EXPECT_EQ(out, "abc");
  std::string most;
  for (int i = 0; i < 128; ++i)
    EXPECT_EQ(chunks.add(chunk("CCCCCCCC", i, 128, "x"), "p", now, out),
              i < 127 ? Added::Waits : Added::Complete);
  EXPECT_EQ(out, std::string(128, 'x'));
  EXPECT_EQ(chunks.given_up(), 0U);
}

TEST(GelfChunks, RefusesWhatIsNoChunk) {
  const struct {
    const char* name;
    std::string datagram;
  } cases[] = {
      {"a header alone", chunk("AAAAAAAA", 0, 1, "")},
      {"cut off", "\x1e\x0f"s},
      {"no chunks", chunk("AAAAAAAA", 0, 0, "x")},
      {"one too many", chunk("AAAAAAAA", 0, 129, "x")},
      {"past the last", chunk("AAAAAAAA", 2, 2, "x")},
      {"another count than before", chunk("KNOWNKEY", 1, 3, "x")},
  };
  GelfChunks chunks;
  std::string out;
  chunks.add(chunk("KNOWNKEY", 0, 2, "x"), "p", SteadyTime(1h), out);
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    EXPECT_EQ(chunks.add(c.datagram, "p", SteadyTime(1h), out), GelfChunks::Added::Malformed);
  }
}

TEST(GelfChunks, GivesUpInTimeAndWithinItsBounds) {
  const SteadyTime start(1h);
  std::string out;
  GelfChunks late;
  late.add(chunk("AAAAAAAA", 0, 2, "a"), "p", start, out);
  EXPECT_EQ(late.next_expiry(), start + 5s);
  late.expire(start + 5s - 1ns);
  EXPECT_EQ(late.given_up(), 0U);
  EXPECT_EQ(late.add(chunk("AAAAAAAA", 1, 2, "b"), "p", start + 5s, out), GelfChunks::Added::Waits);
  EXPECT_EQ(late.given_up(), 1U);

  GelfChunks many;
  for (std::size_t i = 0; i <= GelfChunks::kMostMessages; ++i)
    many.add(chunk("AAAAAAAA", 0, 2, "a"), std::to_string(i), start, out);
  EXPECT_EQ(many.given_up(), 1U);
  EXPECT_EQ(many.add(chunk("AAAAAAAA", 1, 2, "b"), "1", start, out), GelfChunks::Added::Complete);

  GelfChunks large;
  const std::string part(60'000, 'x');
  const std::size_t fit = GelfChunks::kMostBytes / part.size();
  for (std::size_t i = 0; i <= fit; ++i)
    large.add(chunk("AAAAAAAA", 0, 2, part), std::to_string(i), start, out);
  EXPECT_EQ(large.given_up(), 1U);
}

class GelfSourceTest : public agent::testing::SourceHarness {
 protected:
  void listen(const std::string& options = "") {
    start("{gelf: {listen_address: '127.0.0.1:0', labels: {job: gelf}" +
              (options.empty() ? "" : ", " + options) +
              "}, relabel_configs: [{source_labels: [__gelf_message_level], target_label: level}, "
              "{source_labels: [__gelf_message_host], target_label: host}, {source_labels: "
              "[__gelf_message_version], target_label: version}, {source_labels: "
              "[__gelf_message_facility], target_label: facility}, {source_labels: "
              "[__gelf_message_host], regex: unwanted, action: drop}]}",
          "gelf");
  }
  std::uint64_t errors(const std::string& reason) const {
    return counted("gelf_target_parsing_errors_total", reason);
  }
};

std::string message(const std::string& text, const std::string& more = "") {
  return R"({"version":"1.1","host":"h","short_message":")" + text + '"' + more + "}";
}

TEST_F(GelfSourceTest, ReadsDatagramsOfEveryKind) {
  listen();
  const UdpClient client(address());
  client.send(message("plain", R"(,"level":3,"facility":"f")"));
  client.send(codec::gzip_compress(message("packed")));
  client.send(zlib_of(message("by zlib")));
  const std::string long_text(3000, 'x');
  const std::string packed = codec::gzip_compress(message("in chunks " + long_text));
  client.send(chunk("AAAAAAAA", 1, 2, packed.substr(20)));
  client.send(chunk("AAAAAAAA", 0, 2, packed.substr(0, 20)));
  ASSERT_TRUE(sees(4));
  EXPECT_THAT(sink_.entries[0].line, HasSubstr("\"plain\""));
  EXPECT_EQ(to_string(sink_.entries[0].labels),
            R"({facility="f", host="h", job="gelf", level="error", version="1.1"})");
  EXPECT_THAT(sink_.entries[1].line, HasSubstr("\"packed\""));
  EXPECT_EQ(sink_.entries[1].labels.get("level"), "emergency") << "as Promtail has it";
  EXPECT_THAT(sink_.entries[2].line, HasSubstr("\"by zlib\""));
  EXPECT_THAT(sink_.entries[3].line, HasSubstr(long_text));
  EXPECT_EQ(sink_.entries[0].time, clock_.wall_now());
  EXPECT_EQ(counted("gelf_target_entries_total"), 4U);
  client.send("no JSON");
  client.send("\x78\x9c broken");
  client.send("\x1f\x8b\x08 broken");
  client.send(codec::gzip_compress(std::string(9U << 20U, ' ')));
  client.send(chunk("AAAAAAAA", 3, 2, "x"));
  client.send(R"({"host":"unwanted"})");
  client.send(message("end", R"(,"level":9)"));
  ASSERT_TRUE(sees(5));
  EXPECT_EQ(sink_.entries[4].labels.get("level"), "");
  EXPECT_EQ(errors("json"), 1U);
  EXPECT_EQ(errors("compression"), 2U);
  EXPECT_EQ(errors("too_large"), 1U);
  EXPECT_EQ(errors("chunk"), 1U);
  EXPECT_EQ(dropped("parse_error"), 4U);
  EXPECT_EQ(dropped("too_large"), 1U);
  EXPECT_EQ(dropped("relabel_drop"), 1U);
  EXPECT_EQ(ledger_.in("gelf").value(), 11U);
}

TEST_F(GelfSourceTest, UsesTheIncomingTimeWhereThereIsOne) {
  listen("use_incoming_timestamp: true");
  const UdpClient client(address());
  client.send(message("a", R"(,"timestamp":1385053862.3072)"));
  client.send(message("b"));
  ASSERT_TRUE(sees(2));
  EXPECT_EQ(sink_.entries[0].time, Timestamp(Duration(1'385'053'862'307'200'000)));
  EXPECT_EQ(sink_.entries[1].time, clock_.wall_now());
}

TEST_F(GelfSourceTest, SaysWhatIsWrongWithItsOptions) {
  EXPECT_EQ(problem_of("{}", "gelf"), "");
  EXPECT_EQ(
      problem_of("{listen_address: ':12201', use_incoming_timestamp: yes, labels: {a: b}}", "gelf"),
      "");
  EXPECT_THAT(problem_of("{listen_address: here}", "gelf"), HasSubstr("gelf.listen_address"));
  EXPECT_THAT(problem_of("{listen_adress: ':1'}", "gelf"), HasSubstr("listen_adress"));
}

}  // namespace
}  // namespace agent::logs
