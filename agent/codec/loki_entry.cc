#include "agent/codec/loki_entry.h"

#include <algorithm>
#include <string>

#include <protozero/exception.hpp>
#include <protozero/pbf_reader.hpp>

namespace agent::codec {
namespace {

using protozero::pbf_reader;
using protozero::pbf_wire_type;
using protozero::tag_and_type;

// The years that a Timestamp holds.
constexpr std::int64_t kMostSeconds = 9'200'000'000;

Timestamp read_time(pbf_reader fields) {
  std::int64_t seconds = 0;
  std::int32_t nanos = 0;
  while (fields.next()) {
    switch (fields.tag_and_type()) {
      case tag_and_type(1, pbf_wire_type::varint):
        seconds = fields.get_int64();
        break;
      case tag_and_type(2, pbf_wire_type::varint):
        nanos = fields.get_int32();
        break;
      default:
        fields.skip();
    }
  }
  const auto held = std::clamp(seconds, -kMostSeconds, kMostSeconds);
  return Timestamp(std::chrono::seconds(held) + std::chrono::nanoseconds(nanos));
}

model::LabelView read_pair(pbf_reader fields) {
  model::LabelView out;
  while (fields.next()) {
    switch (fields.tag_and_type()) {
      case tag_and_type(1, pbf_wire_type::length_delimited):
        out.name = fields.get_view();
        break;
      case tag_and_type(2, pbf_wire_type::length_delimited):
        out.value = fields.get_view();
        break;
      default:
        fields.skip();
    }
  }
  return out;
}

}  // namespace

Result<LokiEntryView> read_loki_entry(std::string_view entry) {
  LokiEntryView out;
  try {
    pbf_reader fields(entry);
    while (fields.next()) {
      switch (fields.tag_and_type()) {
        case tag_and_type(1, pbf_wire_type::length_delimited):
          out.timestamp = read_time(fields.get_message());
          break;
        case tag_and_type(2, pbf_wire_type::length_delimited):
          out.line = fields.get_view();
          break;
        case tag_and_type(3, pbf_wire_type::length_delimited):
          out.metadata.push_back(read_pair(fields.get_message()));
          break;
        default:
          fields.skip();
      }
    }
  } catch (const protozero::exception& broken) {
    return Error{ErrorKind::Input, std::string("not an entry: ") + broken.what()};
  }
  return out;
}

}  // namespace agent::codec
