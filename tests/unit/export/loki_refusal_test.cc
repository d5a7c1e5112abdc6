#include "agent/export/loki_refusal.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "agent/codec/compression.h"
#include "agent/codec/loki_push.h"

namespace agent::exporter {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

// 2023-11-14 22:13:20 UTC
constexpr Timestamp kTime{1'700'000'000s};

TEST(ReadIgnoredEntries, ReadsTheWordsOfOldAndNewLokis) {
  const struct {
    const char* name;
    std::string answer;
    std::vector<std::string> wanted;  // "nanoseconds after kTime|reason|stream"
  } cases[] = {
      {"newer",
       "entry with timestamp 2023-11-14 22:13:20 +0000 UTC ignored, reason: 'entry too far behind, "
       "entry timestamp is: x',\nentry with timestamp 2023-11-14 22:13:20.000000005 +0000 UTC "
       "ignored, reason: 'it's old',\nuser 'u', total ignored: 2 out of 3 for stream: {a=\"b\"}",
       {"0|entry too far behind, entry timestamp is: x|{a=\"b\"}", "5|it's old|{a=\"b\"}"}},
      {"older",
       "entry with timestamp 2023-11-14 22:13:20 +0000 UTC ignored, reason: 'entry out of order' "
       "for stream: {a=\"1\"},\nentry with timestamp 2023-11-14 22:13:20 +0000 UTC ignored, "
       "reason: "
       "'entry out of order' for stream: {a=\"2\"},\ntotal ignored: 2 out of 3",
       {"0|entry out of order|{a=\"1\"}", "0|entry out of order|{a=\"2\"}"}},
      {"another zone",
       "entry with timestamp 2023-11-14 23:13:20 +0100 CET ignored, reason: 'r',\n",
       {"0|r|"}},
      {"cut in a stream",
       "entry with timestamp 2023-11-14 22:13:20 +0000 UTC ignored, reason: 'r',\nfor stream: {a=",
       {"0|r|{a="}},
      {"cut in a reason",
       "entry with timestamp 2023-11-14 22:13:20 +0000 UTC ignored, reason: 'r",
       {"0|r|"}},
      {"cut before the reason", "entry with timestamp 2023-11-14 22:13:20 +0000 UTC ignored", {}},
      {"no time", "entry with timestamp soon ignored, reason: 'r',\n", {}},
      {"no zone", "entry with timestamp 2023-11-14 22:13:20 ignored, reason: 'r',\n", {}},
      {"beyond a timestamp",
       "entry with timestamp 9999-01-01 00:00:00 +0000 UTC ignored, reason: 'r',\n",
       {}},
      {"something else", "entry for stream '{}' has timestamp too old: 2023", {}},
      {"nothing", "", {}},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    std::vector<std::string> read;
    for (const auto& ignored : read_ignored_entries(c.answer))
      read.push_back(std::to_string((ignored.timestamp - kTime).count()) + "|" +
                     std::string(ignored.reason) + "|" + std::string(ignored.stream));
    EXPECT_EQ(read, c.wanted);
  }
}

class DeadLettersTest : public ::testing::Test {
 protected:
  // Entries of one stream, a nanosecond apart.
  void add_stream(const std::string& labels, const std::vector<std::string>& lines) {
    std::string entries;
    for (std::size_t i = 0; i < lines.size(); ++i)
      codec::append_loki_entry(entries, kTime + Duration(i), lines[i], metadata_);
    codec::append_loki_stream(request_, labels, entries);
    block_.records += static_cast<std::uint32_t>(lines.size());
  }
  std::vector<std::string> letters(std::uint64_t refused) {
    block_.payload = std::make_shared<const std::string>(codec::snappy_compress(request_));
    const auto made = make_dead_letters(block_, outcome_, {"loki", kTime + 1s, refused});
    EXPECT_TRUE(made);
    std::vector<std::string> out;
    records_ = 0;
    for (const auto& letter : *made) {
      out.push_back(letter.line);
      records_ += letter.records;
    }
    return out;
  }

  std::string request_;
  std::vector<model::LabelView> metadata_;
  queue::Block block_;
  Outcome outcome_;
  std::uint64_t records_ = 0;
};

TEST_F(DeadLettersTest, HaveTheWordsTheTimeTheLabelsAndTheLine) {
  metadata_ = {{"trace_id", "abc"}, {"n", "1"}};
  add_stream(R"({a="1"})", {"a \"line\"\xff"});
  block_.tenant = "shop";
  outcome_.reason = "http_400";
  outcome_.answer = "no\nway";
  EXPECT_THAT(
      letters(1),
      ElementsAre(
          R"({"time":"2023-11-14T22:13:21Z","destination":"loki","tenant":"shop","reason":"http_400",)"
          R"("answer":"no\nway","timestamp":"2023-11-14T22:13:20Z","labels":"{a=\"1\"}",)"
          "\"line\":\"a \\\"line\\\"\xef\xbf\xbd\","
          R"("metadata":{"trace_id":"abc","n":"1"}})"));
}

TEST_F(DeadLettersTest, OfSomeOnlyThoseThatTheAnswerNames) {
  add_stream(R"({a="1"})", {"one 0", "one 1"});
  add_stream(R"({a="2"})", {"two 0", "two 1"});
  outcome_.reason = "backend_rejected";
  outcome_.answer =
      "entry with timestamp 2023-11-14 22:13:20.000000001 +0000 UTC ignored, reason: 'too far',\n"
      "entry with timestamp 2023-11-14 22:13:20.000000009 +0000 UTC ignored, reason: 'other',\n"
      "user 'u', total ignored: 3 out of 3 for stream: {a=\"2\"}";
  const auto made = letters(3);
  ASSERT_EQ(made.size(), 2U);
  EXPECT_THAT(made[0], HasSubstr(R"("answer":"too far")"));
  EXPECT_THAT(made[0], HasSubstr(R"("line":"two 1")"));
  EXPECT_THAT(made[1], HasSubstr(R"("answer":"entry with timestamp)"));
  EXPECT_THAT(made[1], HasSubstr(R"(,"records":2})"));
  EXPECT_EQ(records_, 3U);
}

TEST_F(DeadLettersTest, EntriesOfOneTimeAreNamedWhenAllAreMeant) {
  add_stream("{}", {"first"});
  add_stream("{}", {"second"});
  add_stream("{a=\"other\"}", {"third"});
  const std::string name =
      "entry with timestamp 2023-11-14 22:13:20 +0000 UTC ignored, reason: 'r',\n";
  outcome_.answer = name + name + "user 'u', total ignored: 2 out of 2 for stream: {}";
  auto made = letters(2);
  ASSERT_EQ(made.size(), 2U);
  EXPECT_THAT(made[0], HasSubstr("first"));
  EXPECT_THAT(made[1], HasSubstr("second"));
  made = letters(1);
  ASSERT_EQ(made.size(), 1U) << "never more than were refused";

  outcome_.answer = name + "user 'u', total ignored: 1 out of 2 for stream: {}";
  made = letters(1);
  ASSERT_EQ(made.size(), 1U);
  EXPECT_THAT(made[0],
              HasSubstr(R"("timestamp":"2023-11-14T22:13:20Z","labels":"{}","candidates":2})"));
}

TEST_F(DeadLettersTest, AreBounded) {
  add_stream("{}", std::vector<std::string>(250, "x"));
  auto made = letters(1'000'000);
  ASSERT_EQ(made.size(), 101U);
  EXPECT_THAT(made.back(), HasSubstr(R"("records":150})"));
  EXPECT_EQ(records_, 250U);

  request_.clear();
  block_ = {};
  outcome_.answer = std::string(3000, 'a');
  const std::string fits(16U << 10U, 'x');
  add_stream("{}", {fits, fits + "y"});
  made = letters(2);
  ASSERT_EQ(made.size(), 2U);
  EXPECT_LT(made[1].size(), fits.size() + 1500);
  EXPECT_THAT(made[1], HasSubstr(R"("line_bytes":16385)"));
  EXPECT_EQ(made[0].find("line_bytes"), std::string::npos);
}

TEST_F(DeadLettersTest, AForeignPayloadIsAnError) {
  for (const std::string& payload : {std::string("garbage"), codec::snappy_compress("\x0a\x7f"),
                                     codec::snappy_compress("\x0a\x03\x12\x01\x0a")}) {
    block_.payload = std::make_shared<const std::string>(payload);
    const auto made = make_dead_letters(block_, outcome_, {"loki", kTime, 1});
    ASSERT_FALSE(made);
    EXPECT_EQ(made.error().kind, ErrorKind::Input);
  }
}

}  // namespace
}  // namespace agent::exporter
