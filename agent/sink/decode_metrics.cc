#include <bit>
#include <utility>

#include "agent/base/hash.h"
#include "agent/sink/decode.h"
#include "agent/sink/json_text.h"
#include "agent/sink/proto/remote_write.pb.h"

namespace agent::sink {
namespace {

namespace proto = dunlin::sink::remote_write;

// Written out here, not taken from model/: the sink is the second opinion.
constexpr std::uint64_t kStaleBits = 0x7ff0000000000002ULL;

using LabelViews = std::vector<std::pair<std::string_view, std::string_view>>;

struct SeriesText {
  std::string labels;  // JSON object
  std::uint64_t hash = 0;
};

Result<SeriesText> check_labels(const LabelViews& labels, const std::string& place) {
  SeriesText out{"{", 0};
  std::string_view last;
  bool named = false;
  for (const auto& [name, value] : labels) {
    if (name.empty()) return malformed(place, "a label without a name");
    if (value.empty()) return malformed(place, "label " + json_quote(name) + " is empty");
    if (!is_valid_utf8(name) || !is_valid_utf8(value))
      return malformed(place, "label " + json_quote(name) + " is not UTF-8");
    if (name == last) return malformed(place, "label " + json_quote(name) + " is given twice");
    if (name < last) return malformed(place, "label " + json_quote(name) + " is not in order");
    last = name;
    named = named || name == "__name__";
    append_json_member(out.labels, name, value);
    out.hash = hash64(value, hash64(name, out.hash));
  }
  out.labels += '}';
  if (!named) return malformed(place, "the series has no __name__");
  return out;
}

void add_sample(Arrival& arrival, const SeriesText& series, std::int64_t timestamp, double value) {
  const bool stale = std::bit_cast<std::uint64_t>(value) == kStaleBits;
  arrival.stale_markers += stale ? 1 : 0;
  arrival.samples.push_back({series.hash, timestamp});
  arrival.records.push_back(R"({"labels":)" + series.labels + R"(,"timestamp":)" +
                            std::to_string(timestamp) + R"(,"value":)" + json_number(value) +
                            R"(,"stale":)" + (stale ? "true}" : "false}"));
}

void add_histogram(Arrival& arrival, const SeriesText& series, const proto::Histogram& histogram) {
  const bool stale = std::bit_cast<std::uint64_t>(histogram.sum()) == kStaleBits;
  const double count = histogram.has_count_float() ? histogram.count_float()
                                                   : static_cast<double>(histogram.count_int());
  ++arrival.histograms;
  arrival.stale_markers += stale ? 1 : 0;
  arrival.samples.push_back({series.hash, histogram.timestamp()});
  arrival.records.push_back(R"({"labels":)" + series.labels + R"(,"timestamp":)" +
                            std::to_string(histogram.timestamp()) + R"(,"histogram":{"count":)" +
                            json_number(count) + R"(,"sum":)" + json_number(histogram.sum()) +
                            R"(,"schema":)" + std::to_string(histogram.schema()) + R"(},"stale":)" +
                            (stale ? "true}" : "false}"));
}

// Name and value by reference into the symbols of a 2.0 request.
Result<LabelViews> resolve(const proto::RequestV2& request, const proto::TimeSeriesV2& series,
                           const std::string& place) {
  const auto& refs = series.labels_refs();
  if (refs.size() % 2 != 0) return malformed(place, "an odd number of label references");
  LabelViews out;
  for (int i = 0; i < refs.size(); i += 2) {
    for (const std::uint32_t ref : {refs[i], refs[i + 1]})
      if (ref >= static_cast<std::uint32_t>(request.symbols_size()))
        return malformed(place, "symbol " + std::to_string(ref) + " does not exist");
    out.emplace_back(request.symbols(static_cast<int>(refs[i])),
                     request.symbols(static_cast<int>(refs[i + 1])));
  }
  return out;
}

std::string place_of(int series) { return "timeseries[" + std::to_string(series) + "]"; }

}  // namespace

Result<Arrival> decode_remote_write(std::string_view protobuf) {
  proto::WriteRequest request;
  if (!request.ParseFromArray(protobuf.data(), static_cast<int>(protobuf.size())))
    return malformed("", "not a prometheus.WriteRequest");
  Arrival arrival(Signal::Metrics);
  for (int i = 0; i < request.timeseries_size(); ++i) {
    const auto& series = request.timeseries(i);
    LabelViews labels;
    for (const auto& label : series.labels())
      labels.emplace_back(label.name(), label.value());
    const auto text = check_labels(labels, place_of(i));
    if (!text) return text.error();
    for (const auto& sample : series.samples())
      add_sample(arrival, *text, sample.timestamp(), sample.value());
    for (const auto& histogram : series.histograms())
      add_histogram(arrival, *text, histogram);
    arrival.exemplars += static_cast<std::uint64_t>(series.exemplars_size());
  }
  arrival.metadata = static_cast<std::uint64_t>(request.metadata_size());
  return arrival;
}

Result<Arrival> decode_remote_write_v2(std::string_view protobuf) {
  proto::RequestV2 request;
  if (!request.ParseFromArray(protobuf.data(), static_cast<int>(protobuf.size())))
    return malformed("", "not an io.prometheus.write.v2.Request");
  if (request.symbols_size() > 0 && !request.symbols(0).empty())
    return malformed("symbols[0]", "it must be empty");
  Arrival arrival(Signal::Metrics);
  for (int i = 0; i < request.timeseries_size(); ++i) {
    const auto& series = request.timeseries(i);
    const auto labels = resolve(request, series, place_of(i));
    if (!labels) return labels.error();
    const auto text = check_labels(*labels, place_of(i));
    if (!text) return text.error();
    if ((series.samples_size() > 0) == (series.histograms_size() > 0))
      return malformed(place_of(i), "samples or histograms are asked, and not both");
    for (const auto& sample : series.samples())
      add_sample(arrival, *text, sample.timestamp(), sample.value());
    for (const auto& histogram : series.histograms())
      add_histogram(arrival, *text, histogram);
    arrival.exemplars += static_cast<std::uint64_t>(series.exemplars_size());
    arrival.metadata += series.has_metadata() ? 1 : 0;
  }
  return arrival;
}

}  // namespace agent::sink
