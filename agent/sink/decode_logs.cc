#include <simdjson.h>

#include "agent/model/label_set.h"
#include "agent/sink/decode.h"
#include "agent/sink/json_text.h"
#include "agent/sink/log_labels.h"
#include "agent/sink/proto/loki_push.pb.h"

namespace agent::sink {
namespace {

namespace proto = dunlin::sink::loki;

std::string labels_json(const model::LabelSet& labels) {
  std::string out = "{";
  for (const auto& label : labels)
    append_json_member(out, label.name, label.value);
  return out + "}";
}

// One entry, whichever form it came in.
void add_entry(Arrival& arrival, const std::string& labels, std::int64_t ns, std::string_view line,
               const std::string& metadata) {
  arrival.line_bytes += line.size();
  arrival.records.push_back(R"({"labels":)" + labels + R"(,"timestamp":")" + std::to_string(ns) +
                            R"(","line":)" + json_quote(line) + R"(,"metadata":)" + metadata + "}");
}

Result<std::int64_t> nanoseconds(const proto::Timestamp& time) {
  constexpr std::int64_t kSecond = 1'000'000'000;
  std::int64_t ns = 0;
  if (time.nanos() < 0 || time.nanos() >= kSecond ||
      __builtin_mul_overflow(time.seconds(), kSecond, &ns) ||
      __builtin_add_overflow(ns, std::int64_t{time.nanos()}, &ns))
    return malformed("timestamp", "out of range");
  return ns;
}

Result<std::string> metadata_json(const proto::Entry& entry) {
  std::string out = "{";
  for (const auto& pair : entry.structured_metadata()) {
    if (pair.name().empty() || !is_valid_utf8(pair.name()) || !is_valid_utf8(pair.value()))
      return malformed("structuredMetadata", "a name or value is empty or not UTF-8");
    append_json_member(out, pair.name(), pair.value());
  }
  return out + "}";
}

Status add_stream(Arrival& arrival, const proto::Stream& stream) {
  const auto labels = parse_stream_labels(stream.labels());
  if (!labels) return labels.error();
  const std::string text = labels_json(*labels);
  arrival.groups.push_back(hash_of(*labels));
  for (int i = 0; i < stream.entries_size(); ++i) {
    const auto& entry = stream.entries(i);
    const std::string place = "entries[" + std::to_string(i) + "]";
    const auto time = nanoseconds(entry.timestamp());
    if (!time) return time.error().within(place);
    if (!is_valid_utf8(entry.line())) return malformed(place, "the line is not UTF-8");
    const auto metadata = metadata_json(entry);
    if (!metadata) return metadata.error().within(place);
    add_entry(arrival, text, *time, entry.line(), *metadata);
  }
  return {};
}

std::string place_of(std::size_t stream) { return "streams[" + std::to_string(stream) + "]"; }

// {"a": "1"} with texts only.
Result<model::LabelSet> text_map(simdjson::dom::element node) {
  simdjson::dom::object members;
  if (node.get(members) != simdjson::SUCCESS) return malformed("", "an object is asked");
  model::LabelSet out;
  for (const auto member : members) {
    std::string_view value;
    if (member.value.get(value) != simdjson::SUCCESS)
      return malformed(std::string(member.key), "a text is asked");
    out.set(member.key, value);
  }
  return out;
}

Status add_value(Arrival& arrival, const std::string& labels, simdjson::dom::element node) {
  simdjson::dom::array fields;
  std::string_view time;
  std::string_view line;
  if (node.get(fields) != simdjson::SUCCESS || fields.size() < 2 || fields.size() > 3 ||
      fields.at(0).get(time) != simdjson::SUCCESS || fields.at(1).get(line) != simdjson::SUCCESS)
    return malformed("", R"(["<ns>", "line", {metadata}] is asked)");
  std::int64_t ns = 0;
  const auto read = std::from_chars(time.data(), time.data() + time.size(), ns);
  if (read.ec != std::errc() || read.ptr != time.data() + time.size())
    return malformed("", "the time is no number of nanoseconds");
  std::string metadata = "{}";
  if (fields.size() == 3) {
    const auto map = text_map(fields.at(2).value_unsafe());
    if (!map) return map.error();
    metadata = labels_json(*map);
  }
  add_entry(arrival, labels, ns, line, metadata);
  return {};
}

Status add_json_stream(Arrival& arrival, simdjson::dom::element stream) {
  simdjson::dom::element label_node;
  simdjson::dom::array values;
  if (stream["stream"].get(label_node) != simdjson::SUCCESS ||
      stream["values"].get(values) != simdjson::SUCCESS)
    return malformed("", R"("stream" and "values" are asked)");
  const auto labels = text_map(label_node);
  if (!labels) return labels.error().within("stream");
  if (labels->empty()) return malformed("stream", "at least one label is asked");
  arrival.groups.push_back(hash_of(*labels));
  const std::string text = labels_json(*labels);
  std::size_t i = 0;
  for (const auto value : values) {
    const Status added = add_value(arrival, text, value);
    if (!added) return added.error().within("values[" + std::to_string(i) + "]");
    ++i;
  }
  return {};
}

}  // namespace

Result<Arrival> decode_loki_protobuf(std::string_view protobuf) {
  proto::PushRequest request;
  if (!request.ParseFromArray(protobuf.data(), static_cast<int>(protobuf.size())))
    return malformed("", "not a PushRequest");
  Arrival arrival(Signal::Logs);
  for (int i = 0; i < request.streams_size(); ++i) {
    const Status added = add_stream(arrival, request.streams(i));
    if (!added) return added.error().within(place_of(static_cast<std::size_t>(i)));
  }
  return arrival;
}

Result<Arrival> decode_loki_json(std::string_view json) {
  simdjson::dom::parser parser;
  simdjson::dom::element top;
  simdjson::dom::array streams;
  // parse() copies into a padded buffer of its own.
  if (parser.parse(json.data(), json.size()).get(top) != simdjson::SUCCESS)
    return malformed("", "not JSON");
  if (top["streams"].get(streams) != simdjson::SUCCESS)
    return malformed("", R"("streams" is asked)");
  Arrival arrival(Signal::Logs);
  std::size_t i = 0;
  for (const auto stream : streams) {
    const Status added = add_json_stream(arrival, stream);
    if (!added) return added.error().within(place_of(i));
    ++i;
  }
  return arrival;
}

}  // namespace agent::sink
