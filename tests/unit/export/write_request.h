#pragma once
// Reads remote-write requests with protozero, which the sender does not use.
#include <cstdint>
#include <string>
#include <vector>

#include <protozero/pbf_message.hpp>

namespace agent::exporter {

/// "name=value,name=value" and the sample.
struct SentSample {
  std::string labels;
  double value = 0;
  std::int64_t timestamp_ms = 0;
  friend bool operator==(const SentSample&, const SentSample&) = default;
};

inline std::string read_label(protozero::pbf_reader label) {
  std::string name;
  std::string value;
  while (label.next())
    (label.tag() == 1 ? name : value) = std::string(label.get_view());
  return name + "=" + value;
}

inline SentSample read_series(protozero::pbf_reader series) {
  SentSample out;
  while (series.next()) {
    if (series.tag() == 1) {
      out.labels += (out.labels.empty() ? "" : ",") + read_label(series.get_message());
      continue;
    }
    protozero::pbf_reader sample = series.get_message();
    while (sample.next()) {
      if (sample.tag() == 1)
        out.value = sample.get_double();
      else
        out.timestamp_ms = sample.get_int64();
    }
  }
  return out;
}

inline std::vector<SentSample> read_request(const std::string& request) {
  std::vector<SentSample> out;
  protozero::pbf_reader reader(request);
  while (reader.next(1))
    out.push_back(read_series(reader.get_message()));
  return out;
}

}  // namespace agent::exporter
