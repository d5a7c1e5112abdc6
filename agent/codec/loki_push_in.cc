#include "agent/codec/loki_push_in.h"

#include <algorithm>

#include <protozero/exception.hpp>
#include <protozero/pbf_reader.hpp>

#include "agent/codec/label_text.h"
#include "agent/codec/loki_push_builder.h"

namespace agent::codec {
namespace {

using protozero::pbf_reader;
using protozero::pbf_wire_type;

bool is(const pbf_reader& reader, protozero::pbf_tag_type field, pbf_wire_type type) {
  return reader.tag() == field && reader.wire_type() == type;
}

Timestamp time_of(std::int64_t seconds, std::int64_t nanos) {
  // Whole seconds that leave room for the nanoseconds of an int32.
  constexpr std::int64_t kMost = std::chrono::floor<std::chrono::seconds>(Duration::max()).count();
  const std::int64_t within = std::clamp(seconds, -kMost + 3, kMost - 3);
  return Timestamp(std::chrono::seconds(within)) + Duration(within == seconds ? nanos : 0);
}

// protozero throws where a message is cut off or malformed; read_loki_push() catches it.
Timestamp read_timestamp(pbf_reader reader) {
  std::int64_t seconds = 0;
  std::int32_t nanos = 0;
  while (reader.next()) {
    if (is(reader, 1, pbf_wire_type::varint)) {
      seconds = reader.get_int64();
    } else if (is(reader, 2, pbf_wire_type::varint)) {
      nanos = reader.get_int32();
    } else {
      reader.skip();
    }
  }
  return time_of(seconds, nanos);
}

void read_pair(pbf_reader reader, LokiPushBuilder& out) {
  std::string_view name;
  std::string_view value;
  while (reader.next()) {
    if (is(reader, 1, pbf_wire_type::length_delimited)) {
      name = reader.get_view();
    } else if (is(reader, 2, pbf_wire_type::length_delimited)) {
      value = reader.get_view();
    } else {
      reader.skip();
    }
  }
  out.add_metadata(name, value);
}

Status read_entry(pbf_reader reader, LokiPushBuilder& out) {
  Timestamp timestamp{};
  std::string_view line;
  while (reader.next()) {
    if (is(reader, 1, pbf_wire_type::length_delimited)) {
      timestamp = read_timestamp(reader.get_message());
    } else if (is(reader, 2, pbf_wire_type::length_delimited)) {
      line = reader.get_view();
    } else if (is(reader, 3, pbf_wire_type::length_delimited)) {
      read_pair(reader.get_message(), out);
      if (Status room = out.check(); !room) return room;
    } else {
      reader.skip();
    }
  }
  return out.add_entry(timestamp, line);
}

Status read_stream(pbf_reader reader, LokiPushBuilder& out) {
  std::string_view labels;
  while (reader.next()) {
    if (is(reader, 1, pbf_wire_type::length_delimited)) {
      labels = reader.get_view();
    } else if (is(reader, 2, pbf_wire_type::length_delimited)) {
      if (Status read = read_entry(reader.get_message(), out); !read) return read;
    } else {
      reader.skip();
    }
  }
  out.end_stream(parse_label_text(labels));
  return out.check();
}

Status read_protobuf(std::string_view request, LokiPushBuilder& out) {
  try {
    pbf_reader reader(request);
    while (reader.next()) {
      if (!is(reader, 1, pbf_wire_type::length_delimited)) {
        reader.skip();
      } else if (Status read = read_stream(reader.get_message(), out); !read) {
        return read;
      }
    }
  } catch (const protozero::exception& broken) {
    return Error{ErrorKind::Input, std::string("not a push request: ") + broken.what()};
  }
  return {};
}

}  // namespace

Result<std::vector<LokiStreamIn>> read_loki_push(LokiPushForm form, std::string body,
                                                 model::LogBatch& batch) {
  LokiPushBuilder out(batch);
  const Status read = form == LokiPushForm::Protobuf
                          ? read_protobuf(batch.arena.adopt(std::move(body)), out)
                          : read_loki_push_json(form, std::move(body), out);
  if (!read) return read.error();
  return out.take();
}

}  // namespace agent::codec
