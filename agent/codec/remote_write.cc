#include "agent/codec/remote_write.h"

#include <bit>

#include "agent/codec/otlp_wire.h"

namespace agent::codec {
namespace {

// Field numbers.
constexpr std::uint32_t kRequestSeries = 1;
constexpr std::uint32_t kRequestMetadata = 3;
constexpr std::uint32_t kSeriesLabel = 1;
constexpr std::uint32_t kSeriesSample = 2;
constexpr std::uint32_t kLabelName = 1;
constexpr std::uint32_t kLabelValue = 2;
constexpr std::uint32_t kSampleValue = 1;
constexpr std::uint32_t kSampleTimestamp = 2;
constexpr std::uint32_t kMetadataType = 1;
constexpr std::uint32_t kMetadataFamily = 2;
constexpr std::uint32_t kMetadataHelp = 4;
constexpr std::uint32_t kMetadataUnit = 5;

constexpr std::size_t kTagBytes = 1;  // of every field number below 16
constexpr std::size_t kFixed64Bytes = 8;

void append_head(std::string& out, std::uint32_t number, std::size_t size) {
  out += static_cast<char>(number << 3U | static_cast<unsigned>(WireType::Length));
  append_varint(out, size);
}

}  // namespace

std::string encode_series_labels(const model::LabelSet& labels) {
  std::string out;
  for (const auto& label : labels) {
    const std::size_t label_bytes = 2 * kTagBytes + varint_size(label.name.size()) +
                                    label.name.size() + varint_size(label.value.size()) +
                                    label.value.size();
    append_head(out, kSeriesLabel, label_bytes);
    append_bytes_field(out, kLabelName, label.name);
    append_bytes_field(out, kLabelValue, label.value);
  }
  return out;
}

void append_time_series(std::string& request, std::string_view encoded_labels, double value,
                        std::int64_t timestamp_ms) {
  const auto timestamp = static_cast<std::uint64_t>(timestamp_ms);
  const std::size_t sample_bytes =
      kTagBytes + kFixed64Bytes + kTagBytes + varint_size(timestamp);  // below 128: one byte
  append_head(request, kRequestSeries, encoded_labels.size() + kTagBytes + 1 + sample_bytes);
  request += encoded_labels;
  append_head(request, kSeriesSample, sample_bytes);
  append_fixed64_field(request, kSampleValue, std::bit_cast<std::uint64_t>(value));
  append_varint_field(request, kSampleTimestamp, timestamp);
}

void append_metadata(std::string& request, MetricType type, std::string_view family,
                     std::string_view help, std::string_view unit) {
  const std::size_t begun = begin_message(request, kRequestMetadata);
  append_varint_field(request, kMetadataType, static_cast<std::uint64_t>(type));
  append_bytes_field(request, kMetadataFamily, family);
  append_bytes_field(request, kMetadataHelp, help);
  append_bytes_field(request, kMetadataUnit, unit);
  end_message(request, begun);
}

Result<std::pair<std::string, std::string>> cut_write_request(std::string_view request,
                                                              std::uint32_t series) {
  std::pair<std::string, std::string> out;
  WireReader reader(request);
  std::uint32_t seen = 0;
  for (WireField field; reader.next(field);) {
    const bool is_series = field.is(kRequestSeries, WireType::Length);
    (is_series && seen >= series ? out.second : out.first) += field.whole;
    if (is_series) ++seen;
  }
  if (reader.failed()) return Error{ErrorKind::Input, "not a remote-write request"};
  return out;
}

}  // namespace agent::codec
