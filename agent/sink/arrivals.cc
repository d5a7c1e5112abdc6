#include "agent/sink/arrivals.h"

#include <algorithm>

#include "agent/base/strings.h"

namespace agent::sink {
namespace {

constexpr std::size_t kMaxBytes = 64ULL << 20U;
constexpr std::size_t kMaxDistinct = 1'000'000;

std::string pair(const char* name, std::uint64_t value) {
  return json_quote(name) + ":" + std::to_string(value);
}

}  // namespace

const char* to_string(Signal signal) {
  constexpr const char* kNames[] = {"metrics", "logs", "traces"};
  return kNames[static_cast<int>(signal)];
}

void Arrivals::count_sample(const SampleMark& sample) {
  const auto known = series_.find(sample.series);
  if (known == series_.end()) {
    if (series_.size() < kMaxDistinct) series_.emplace(sample.series, sample.timestamp_ms);
    return;
  }
  if (sample.timestamp_ms == known->second) ++duplicates_;
  if (sample.timestamp_ms < known->second) ++out_of_order_;
  known->second = std::max(known->second, sample.timestamp_ms);
}

void Arrivals::add(Arrival arrival) {
  Kept& at = kept(arrival.signal);
  ++at.totals.requests;
  at.totals.records += arrival.records.size();
  for (const auto& sample : arrival.samples)
    count_sample(sample);
  auto& groups = arrival.signal == Signal::Logs ? streams_ : traces_;
  for (const std::uint64_t group : arrival.groups)
    if (groups.size() < kMaxDistinct) groups.insert(group);
  stale_markers_ += arrival.stale_markers;
  histograms_ += arrival.histograms;
  exemplars_ += arrival.exemplars;
  metadata_ += arrival.metadata;
  line_bytes_ += arrival.line_bytes;
  for (auto& record : arrival.records) {
    at.bytes += record.size();
    at.records.push_back(std::move(record));
    while (at.records.size() > max_records_ || at.bytes > kMaxBytes) {
      at.bytes -= at.records.front().size();
      at.records.pop_front();
    }
  }
}

void Arrivals::refuse(Signal signal, std::string reason) {
  Kept& at = kept(signal);
  ++at.totals.requests;
  ++at.totals.refused;
  at.last_refusal = std::move(reason);
}

std::size_t Arrivals::distinct(Signal signal) const {
  if (signal == Signal::Metrics) return series_.size();
  return signal == Signal::Logs ? streams_.size() : traces_.size();
}

std::string Arrivals::records(Signal signal, std::size_t limit) const {
  const auto& all = kept(signal).records;
  std::string out;
  for (std::size_t i = all.size() - std::min(limit, all.size()); i < all.size(); ++i)
    out += all[i] + "\n";
  return out;
}

std::string Arrivals::stats() const {
  const auto common = [this](Signal signal) {
    const Kept& at = kept(signal);
    return json_quote(to_string(signal)) + ":{" + pair("requests", at.totals.requests) + "," +
           pair("refused", at.totals.refused) + "," + R"("last_refusal":)" +
           json_quote(at.last_refusal) + ",";
  };
  return "{" + common(Signal::Metrics) + pair("samples", kept(Signal::Metrics).totals.records) +
         "," + pair("series", series_.size()) + "," + pair("stale_markers", stale_markers_) + "," +
         pair("histograms", histograms_) + "," + pair("exemplars", exemplars_) + "," +
         pair("metadata", metadata_) + "," + pair("out_of_order", out_of_order_) + "," +
         pair("duplicates", duplicates_) + "}," + common(Signal::Logs) +
         pair("entries", kept(Signal::Logs).totals.records) + "," +
         pair("streams", streams_.size()) + "," + pair("line_bytes", line_bytes_) + "}," +
         common(Signal::Traces) + pair("spans", kept(Signal::Traces).totals.records) + "," +
         pair("traces", traces_.size()) + "}}";
}

std::string Arrivals::summary() const {
  const auto count = [this](Signal signal) { return std::to_string(totals(signal).records); };
  const std::uint64_t refused = totals(Signal::Metrics).refused + totals(Signal::Logs).refused +
                                totals(Signal::Traces).refused;
  return "metrics: " + count(Signal::Metrics) + " samples of " + std::to_string(series_.size()) +
         " series | logs: " + count(Signal::Logs) + " entries in " +
         std::to_string(streams_.size()) + " streams | traces: " + count(Signal::Traces) +
         " spans of " + std::to_string(traces_.size()) + " traces" +
         (refused == 0 ? "" : " | refused requests: " + std::to_string(refused));
}

}  // namespace agent::sink
