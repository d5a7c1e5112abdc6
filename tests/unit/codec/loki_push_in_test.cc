#include "agent/codec/loki_push_in.h"

#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>
#include <protozero/pbf_writer.hpp>

#include "agent/codec/loki_push.h"

namespace agent::codec {
namespace {

using Pairs = std::vector<std::pair<std::string, std::string>>;

// A stream as a table spells it: labels or the error, then time and line and metadata of entries.
struct Entry {
  std::int64_t nanoseconds = 0;
  std::string line;
  Pairs metadata;
  bool operator==(const Entry&) const = default;
};
struct Stream {
  model::LabelSet labels;
  std::string error;
  std::vector<Entry> entries;
  bool operator==(const Stream&) const = default;
};

void PrintTo(const Stream& stream, std::ostream* out) {
  *out << model::to_string(stream.labels) << stream.error;
  for (const auto& entry : stream.entries) {
    *out << " " << entry.nanoseconds << "=" << entry.line;
    for (const auto& [name, value] : entry.metadata)
      *out << " " << name << ":" << value;
  }
}

Entry entry_of(const model::LogEntry& from) {
  Entry out{from.timestamp.time_since_epoch().count(), std::string(from.line), {}};
  for (const auto& pair : from.metadata)
    out.metadata.emplace_back(pair.name, pair.value);
  return out;
}

Result<std::vector<Stream>> read(LokiPushForm form, std::string body) {
  model::LogBatch batch;
  const auto streams = read_loki_push(form, std::move(body), batch);
  if (!streams) return streams.error();
  std::vector<Stream> out;
  std::size_t at = 0;
  for (const auto& stream : *streams) {
    out.push_back({stream.labels, stream.error, {}});
    for (std::size_t i = 0; i < stream.entries; ++i)
      out.back().entries.push_back(entry_of(batch.entries.at(at++)));
  }
  EXPECT_EQ(at, batch.entries.size());
  return out;
}

std::string entry_bytes(std::int64_t nanoseconds, const std::string& line,
                        std::vector<model::LabelView> metadata = {}) {
  std::string out;
  append_loki_entry(out, Timestamp(Duration(nanoseconds)), line, metadata);
  return out;
}

std::string stream_bytes(const std::string& labels, const std::string& entries) {
  std::string out;
  append_loki_stream(out, labels, entries);
  return out;
}

// A stream with the fields of a hand-written entry.
template <typename Write>
std::string odd_entry(Write write) {
  std::string bytes;
  protozero::pbf_writer entry(bytes);
  write(entry);
  std::string field;
  protozero::pbf_writer(field).add_message(2, bytes);
  return stream_bytes(R"({a="1"})", field);
}

TEST(LokiPushIn, ReadsProtobuf) {
  const struct {
    const char* name;
    std::string body;
    std::vector<Stream> streams;
  } cases[] = {
      {"nothing", "", {}},
      {"one entry",
       stream_bytes(R"({a="1"})", entry_bytes(1'500'000'002, "x")),
       {{{{"a", "1"}}, "", {{1'500'000'002, "x", {}}}}}},
      {"two streams",
       stream_bytes(R"({a="1"})", entry_bytes(1, "x") + entry_bytes(2, "y")) +
           stream_bytes(R"({b="2"})", entry_bytes(3, "z")),
       {{{{"a", "1"}}, "", {{1, "x", {}}, {2, "y", {}}}}, {{{"b", "2"}}, "", {{3, "z", {}}}}}},
      {"metadata is sorted, the last of one name counts",
       stream_bytes(R"({a="1"})", entry_bytes(1, "x", {{"c", "3"}, {"b", "1"}, {"b", "2"}})),
       {{{{"a", "1"}}, "", {{1, "x", {{"b", "2"}, {"c", "3"}}}}}}},
      {"a bad stream between good ones",
       stream_bytes(R"({a="1"})", entry_bytes(1, "x")) + stream_bytes("{a", entry_bytes(2, "y")) +
           stream_bytes(R"({b="2"})", entry_bytes(3, "z")),
       {{{{"a", "1"}}, "", {{1, "x", {}}}},
        {{}, "labels, column 3: = is asked here", {{2, "y", {}}}},
        {{{"b", "2"}}, "", {{3, "z", {}}}}}},
      {"a stream without entries", stream_bytes(R"({a="1"})", ""), {}},
      {"an entry of nothing", odd_entry([](auto& /*entry*/) {}), {{{{"a", "1"}}, "", {{}}}}},
      {"a negative time",
       stream_bytes(R"({a="1"})", entry_bytes(-1, "x")),
       {{{{"a", "1"}}, "", {{-1, "x", {}}}}}},
      {"fields that are not known",
       odd_entry([](auto& entry) {
         entry.add_string(4, "parsed");
         entry.add_uint64(9, 1);
         entry.add_string(2, "x");
       }),
       {{{{"a", "1"}}, "", {{0, "x", {}}}}}},
      {"a known field of another type",
       odd_entry([](auto& entry) { entry.add_uint64(2, 1); }),
       {{{{"a", "1"}}, "", {{0, "", {}}}}}},
      {"bytes that are no UTF-8 stay",
       stream_bytes(R"({a="1"})", entry_bytes(1, "\xff")),
       {{{{"a", "1"}}, "", {{1, "\xff", {}}}}}},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    const auto streams = read(LokiPushForm::Protobuf, c.body);
    ASSERT_TRUE(streams) << streams.error().message;
    EXPECT_EQ(*streams, c.streams);
  }
}

TEST(LokiPushIn, BringsTimesIntoRange) {
  for (const std::int64_t seconds :
       {std::numeric_limits<std::int64_t>::max(), std::numeric_limits<std::int64_t>::min()}) {
    const auto streams = read(LokiPushForm::Protobuf, odd_entry([&](auto& entry) {
                                std::string time;
                                protozero::pbf_writer fields(time);
                                fields.add_int64(1, seconds);
                                fields.add_int32(2, 5);
                                entry.add_message(1, time);
                              }));
    ASSERT_TRUE(streams);
    const std::int64_t read_back = streams->at(0).entries.at(0).nanoseconds;
    EXPECT_EQ(read_back > 0, seconds > 0);
    EXPECT_GT(std::abs(read_back / 1'000'000'000), 9'000'000'000);
  }
}

TEST(LokiPushIn, RefusesWhatIsNoProtobuf) {
  const std::string good = stream_bytes(R"({a="1"})", entry_bytes(1, "x"));
  for (std::size_t size = 1; size < good.size(); ++size)
    EXPECT_FALSE(read(LokiPushForm::Protobuf, good.substr(0, size))) << size;
  EXPECT_FALSE(read(LokiPushForm::Protobuf, "{\"streams\": []}"));
}

TEST(LokiPushIn, RefusesRequestsThatAreAllHeads) {
  std::string empty_entries;
  for (int i = 0; i < 2'000'000; ++i)
    empty_entries += std::string_view("\x12\0", 2);
  const auto entries = read(LokiPushForm::Protobuf, stream_bytes(R"({a="1"})", empty_entries));
  ASSERT_FALSE(entries);
  EXPECT_EQ(entries.error().kind, ErrorKind::Overloaded);
  const auto pairs = read(LokiPushForm::Protobuf, odd_entry([](auto& entry) {
                            for (int i = 0; i < 3'000'000; ++i)
                              entry.add_message(3, std::string());
                          }));
  ASSERT_FALSE(pairs);
  EXPECT_EQ(pairs.error().kind, ErrorKind::Overloaded);
}

TEST(LokiPushIn, ReadsJson) {
  const struct {
    const char* name;
    std::string body;
    std::vector<Stream> streams;
  } cases[] = {
      {"nothing", "{}", {}},
      {"no streams", R"({"streams": []})", {}},
      {"null streams", R"({"streams": null})", {}},
      {"one entry",
       R"({"streams": [{"stream": {"a": "1"}, "values": [["1500000002", "x"]]}]})",
       {{{{"a", "1"}}, "", {{1'500'000'002, "x", {}}}}}},
      {"values before the stream",
       R"({"streams": [{"values": [["1", "x"], ["2", "y"]], "stream": {"a": "1"}}]})",
       {{{{"a", "1"}}, "", {{1, "x", {}}, {2, "y", {}}}}}},
      {"metadata",
       R"({"streams": [{"stream": {"a": "1"}, "values": [["1", "x", {"c": "3", "b": "2"}]]}]})",
       {{{{"a", "1"}}, "", {{1, "x", {{"b", "2"}, {"c", "3"}}}}}}},
      {"escapes",
       R"({"streams": [{"stream": {"a": "\u00e9"}, "values": [["1", "\"\n\ud83d\ude00"]]}]})",
       {{{{"a", "\xc3\xa9"}}, "", {{1, "\"\n\xf0\x9f\x98\x80", {}}}}}},
      {"a lone surrogate",
       R"({"streams": [{"stream": {"a": "1"}, "values": [["1", "\\\ud800x\\ud800"]]}]})",
       {{{{"a", "1"}}, "", {{1, "\\\xef\xbf\xbdx\\ud800", {}}}}}},
      {"a byte that is no UTF-8",
       "{\"streams\": [{\"stream\": {\"a\": \"1\"}, \"values\": [[\"1\", \"x\xff\"]]}]}",
       {{{{"a", "1"}}, "", {{1, "x\xef\xbf\xbd", {}}}}}},
      {"a label name that is none",
       R"({"streams": [{"stream": {"a-b": "1"}, "values": [["1", "x"]]},
                       {"stream": {"a": "1"}, "values": [["2", "y"]]}]})",
       {{{}, "\"a-b\" is no label", {{1, "x", {}}}}, {{{"a", "1"}}, "", {{2, "y", {}}}}}},
      {"no labels", R"({"streams": [{"values": [["1", "x"]]}]})", {{{}, "", {{1, "x", {}}}}}},
      {"keys that are not known",
       R"({"x": {"y": [1, {}]}, "streams": [{"z": null, "stream": {"a": "1"}, "values": []}]})",
       {}},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    const auto streams = read(LokiPushForm::Json, c.body);
    ASSERT_TRUE(streams) << streams.error().message;
    EXPECT_EQ(*streams, c.streams);
  }
}

TEST(LokiPushIn, ReadsLegacyJson) {
  const auto streams = read(LokiPushForm::LegacyJson,
                            R"({"streams": [{"labels": "{a=\"1\"}", "entries": [
                                {"ts": "1970-01-01T00:00:01.5Z", "line": "x"},
                                {"line": "y", "timestamp": "1970-01-01T01:00:02+01:00"}]},
                              {"labels": "a=1", "entries": [
                                {"ts": "1970-01-01T00:00:03Z", "line": "z"}]}]})");
  ASSERT_TRUE(streams) << streams.error().message;
  EXPECT_EQ(*streams, (std::vector<Stream>{
                          {{{"a", "1"}}, "", {{1'500'000'000, "x", {}}, {2'000'000'000, "y", {}}}},
                          {{}, "labels, column 1: { is asked here", {{3'000'000'000, "z", {}}}}}));
}

TEST(LokiPushIn, RefusesJsonThatIsNoPush) {
  const struct {
    const char* name;
    LokiPushForm form;
    const char* body;
  } cases[] = {
      {"empty", LokiPushForm::Json, ""},
      {"a list", LokiPushForm::Json, "[]"},
      {"cut off", LokiPushForm::Json,
       R"({"streams": [{"stream": {"a": "1"}, "values": [["1", "x"])"},
      {"text behind", LokiPushForm::Json, R"({"streams": []} {})"},
      {"streams of another type", LokiPushForm::Json, R"({"streams": {}})"},
      {"label of another type", LokiPushForm::Json,
       R"({"streams": [{"stream": {"a": 1}, "values": [["1", "x"]]}]})"},
      {"time as a number", LokiPushForm::Json,
       R"({"streams": [{"stream": {"a": "1"}, "values": [[1, "x"]]}]})"},
      {"time that is none", LokiPushForm::Json,
       R"({"streams": [{"stream": {"a": "1"}, "values": [["1s", "x"]]}]})"},
      {"time out of range", LokiPushForm::Json,
       R"({"streams": [{"stream": {"a": "1"}, "values": [["9223372036854775808", "x"]]}]})"},
      {"line of another type", LokiPushForm::Json,
       R"({"streams": [{"stream": {"a": "1"}, "values": [["1", 2]]}]})"},
      {"no line", LokiPushForm::Json,
       R"({"streams": [{"stream": {"a": "1"}, "values": [["1"]]}]})"},
      {"too many parts", LokiPushForm::Json,
       R"({"streams": [{"stream": {"a": "1"}, "values": [["1", "x", {}, 1]]}]})"},
      {"metadata of another type", LokiPushForm::Json,
       R"({"streams": [{"stream": {"a": "1"}, "values": [["1", "x", {"b": 1}]]}]})"},
      {"a bad escape", LokiPushForm::Json,
       R"({"streams": [{"stream": {"a": "\q"}, "values": [["1", "x"]]}]})"},
      {"no ts", LokiPushForm::LegacyJson,
       R"({"streams": [{"labels": "{a=\"1\"}", "entries": [{"line": "x"}]}]})"},
      {"ts that is none", LokiPushForm::LegacyJson,
       R"({"streams": [{"labels": "{a=\"1\"}", "entries": [{"ts": "now", "line": "x"}]}]})"},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    const auto streams = read(c.form, c.body);
    ASSERT_FALSE(streams);
    EXPECT_EQ(streams.error().kind, ErrorKind::Input);
    EXPECT_EQ(streams.error().message.find("not a push request: "), 0U) << streams.error().message;
  }
}

TEST(LokiPushIn, LooksIntoTheBytesOfProtobuf) {
  model::LogBatch batch;
  std::string body = stream_bytes(R"({a="1"})", entry_bytes(1, std::string(1000, 'x')));
  const char* const first = body.data();
  const char* const last = first + body.size();
  ASSERT_TRUE(read_loki_push(LokiPushForm::Protobuf, std::move(body), batch));
  EXPECT_GE(batch.entries.at(0).line.data(), first);
  EXPECT_LT(batch.entries.at(0).line.data(), last);
}

}  // namespace
}  // namespace agent::codec
