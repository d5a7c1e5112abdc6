#include "agent/codec/loki_push.h"

#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <protozero/pbf_reader.hpp>

namespace agent::codec {
namespace {

using namespace std::chrono_literals;

TEST(LokiLabelText, WritesGoQuotes) {
  const struct {
    const char* name;
    std::string value;
    const char* quoted;
  } cases[] = {
      {"plain", "abc", "\"abc\""},
      {"empty", "", "\"\""},
      {"quote and backslash", "a\"b\\c", R"("a\"b\\c")"},
      {"newline, tab, return", "\n\t\r", R"("\n\t\r")"},
      {"bell, backspace, form feed, vertical tab", "\a\b\f\v", R"("\a\b\f\v")"},
      {"other controls", std::string("\0\x01\x1f\x7f", 4), R"("\x00\x01\x1f\x7f")"},
      {"printable UTF-8", "\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80",
       "\"\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80\""},
      {"C1 control", "\xc2\x85", R"("\u0085")"},
      {"no-break space", "\xc2\xa0", R"("\u00a0")"},
      {"first letter after it", "\xc2\xa1", "\"\xc2\xa1\""},
      {"byte order mark", "\xef\xbb\xbf", R"("\ufeff")"},
      {"private use, far", "\xf3\xb0\x80\x80", R"("\U000f0000")"},
      {"invalid byte", "a\xff", R"("a\xff")"},
      {"overlong", "\xc0\x80", R"("\xc0\x80")"},
      {"surrogate", "\xed\xa0\x80", R"("\xed\xa0\x80")"},
      {"cut character", "\xe2\x82", R"("\xe2\x82")"},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    std::string out;
    append_go_quoted(out, c.value);
    EXPECT_EQ(out, c.quoted);
  }
}

TEST(LokiLabelText, SortsAndLeavesOutWhatIsNoLabel) {
  EXPECT_EQ(loki_label_text({{"b", "two"}, {"a", "1"}}), R"({a="1", b="two"})");
  EXPECT_EQ(loki_label_text({{"__tenant_id__", "t"}, {"a", "1"}}), R"({a="1"})");
  EXPECT_EQ(loki_label_text({{"__tenant_id__", "t"}}), "");
  EXPECT_EQ(loki_label_text({}), "");
}

struct Entry {
  std::int64_t seconds = 0;
  std::int32_t nanos = 0;
  std::string line;
  std::vector<std::pair<std::string, std::string>> metadata;
  bool operator==(const Entry&) const = default;
};
struct Stream {
  std::string labels;
  std::vector<Entry> entries;
  bool operator==(const Stream&) const = default;
};

Entry read_entry(protozero::pbf_reader fields) {
  Entry out;
  while (fields.next()) {
    if (fields.tag() == 1) {
      auto time = fields.get_message();
      while (time.next())
        time.tag() == 1 ? void(out.seconds = time.get_int64()) : void(out.nanos = time.get_int32());
    } else if (fields.tag() == 2) {
      out.line = fields.get_string();
    } else {
      EXPECT_EQ(fields.tag(), 3U);
      auto pair = fields.get_message();
      auto& [name, value] = out.metadata.emplace_back();
      while (pair.next())
        (pair.tag() == 1 ? name : value) = pair.get_string();
    }
  }
  return out;
}

std::vector<Stream> read_all(const std::string& request) {
  std::vector<Stream> out;
  protozero::pbf_reader reader(request);
  while (reader.next(1)) {
    auto fields = reader.get_message();
    Stream& stream = out.emplace_back();
    while (fields.next()) {
      if (fields.tag() == 1) {
        stream.labels = fields.get_string();
      } else {
        EXPECT_EQ(fields.tag(), 2U);
        stream.entries.push_back(read_entry(fields.get_message()));
      }
    }
  }
  return out;
}

TEST(LokiPush, IsWhatAProtobufReaderReads) {
  const std::vector<model::LabelView> metadata{{"trace_id", "abc"}, {"empty", ""}};
  const std::string long_line(300, 'x');
  std::string entries;
  append_loki_entry(entries, Timestamp(1'700'000'000s) + 123ns, "one", metadata);
  append_loki_entry(entries, Timestamp(1s), long_line, {});
  append_loki_entry(entries, Timestamp(-1ns), "", {});
  append_loki_entry(entries, Timestamp(), "\xff\n", {});
  std::string request;
  append_loki_stream(request, R"({a="1"})", entries);
  append_loki_stream(request, R"({b="2"})", {});
  const std::vector<Stream> expected{
      {R"({a="1"})",
       {{1'700'000'000, 123, "one", {{"trace_id", "abc"}, {"empty", ""}}},
        {1, 0, long_line, {}},
        {-1, 999'999'999, "", {}},
        {0, 0, "\xff\n", {}}}},
      {R"({b="2"})", {}}};
  EXPECT_EQ(read_all(request), expected);
  EXPECT_EQ(loki_metadata_size(metadata), 2U + 15U + 2U + 9U);
}

TEST(LokiPush, IsSplitByEntries) {
  for (std::size_t total = 1; total <= 5; ++total) {
    SCOPED_TRACE(total);
    std::string request;
    std::vector<Entry> all;
    for (std::size_t i = 0; i < total; ++i) {
      std::string entry;
      append_loki_entry(entry, Timestamp(std::chrono::seconds(i)), std::to_string(i), {});
      append_loki_stream(request, i < 2 ? "{a=\"1\"}" : "{b=\"2\"}", entry);
    }
    const auto halves = split_loki_push(request);
    ASSERT_TRUE(halves) << halves.error().message;
    EXPECT_EQ(halves->first_entries, (total + 1) / 2);
    EXPECT_EQ(halves->second_entries, total / 2);
    std::string lines;
    for (const auto* half : {&halves->first, &halves->second})
      for (const auto& stream : read_all(*half))
        for (const auto& entry : stream.entries)
          lines += entry.line;
    EXPECT_EQ(lines, std::string("01234").substr(0, total));
    EXPECT_EQ(halves->second.empty(), total == 1);
  }
}

TEST(LokiPush, MalformedRequestsAreErrors) {
  for (const std::string text : {"\x0a", "\x0a\x05\x0a", "\x0a\x02\x0a\x7f", "\x07"}) {
    const auto halves = split_loki_push(text);
    ASSERT_FALSE(halves);
    EXPECT_EQ(halves.error().kind, ErrorKind::Input);
  }
  EXPECT_TRUE(walk_loki_push("")->empty());
}

}  // namespace
}  // namespace agent::codec
