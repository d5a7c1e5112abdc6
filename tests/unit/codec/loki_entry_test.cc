#include "agent/codec/loki_entry.h"

#include <string>

#include <gtest/gtest.h>

#include "agent/codec/loki_push.h"

namespace agent::codec {
namespace {

using namespace std::chrono_literals;

// The one entry of a request with that entry in it.
std::string encoded(Timestamp time, std::string_view line,
                    std::span<const model::LabelView> metadata) {
  std::string entries;
  append_loki_entry(entries, time, line, metadata);
  std::string request;
  append_loki_stream(request, "{}", entries);
  const auto streams = walk_loki_push(request);
  return std::string(streams->at(0).entries.at(0));
}

TEST(ReadLokiEntry, ReadsWhatWasWritten) {
  const struct {
    const char* name;
    Timestamp time;
    std::string line;
    std::vector<model::LabelView> metadata;
  } cases[] = {
      {"plain", Timestamp(1'700'000'000s + 123ns), "a line", {}},
      {"epoch and nothing else", Timestamp(), "", {}},
      {"before the epoch", Timestamp(-1ns), "x", {}},
      {"bytes", Timestamp(1s), std::string("\xff\0\n", 3), {}},
      {"metadata", Timestamp(1s), "x", {{"trace_id", "abc"}, {"empty", ""}}},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    const std::string bytes = encoded(c.time, c.line, c.metadata);
    const auto entry = read_loki_entry(bytes);
    ASSERT_TRUE(entry) << entry.error().message;
    EXPECT_EQ(entry->timestamp, c.time);
    EXPECT_EQ(entry->line, c.line);
    ASSERT_EQ(entry->metadata.size(), c.metadata.size());
    for (std::size_t i = 0; i < c.metadata.size(); ++i) {
      EXPECT_EQ(entry->metadata[i].name, c.metadata[i].name);
      EXPECT_EQ(entry->metadata[i].value, c.metadata[i].value);
    }
  }
}

TEST(ReadLokiEntry, ForeignBytesAreErrorsOrSkipped) {
  for (const std::string text : {"\x0a", "\x12\x05x", "\x0a\x02\x08\xff", "\x1a\x02\x0a\x7f"}) {
    const auto entry = read_loki_entry(text);
    ASSERT_FALSE(entry);
    EXPECT_EQ(entry.error().kind, ErrorKind::Input);
  }
  const auto unknown = read_loki_entry("\x7a\x01z\x12\x01x");
  ASSERT_TRUE(unknown);
  EXPECT_EQ(unknown->line, "x");
  // The year 300 billion.
  const auto far = read_loki_entry("\x0a\x0a\x08\xff\xff\xff\xff\xff\xff\xff\xff\x7f");
  ASSERT_TRUE(far);
  EXPECT_EQ(far->timestamp, Timestamp(9'200'000'000s));
}

}  // namespace
}  // namespace agent::codec
