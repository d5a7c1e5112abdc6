#pragma once
// What has arrived: counts of everything, and the newest records of each signal.
//
// DESIGN. Each decoder turns one request into an Arrival as a whole, or refuses it as a whole; only
// then is anything counted. A kept record is one line of JSON, rendered when it arrives: /records
// hands the lines out, and the memory for them is the sum of their lengths. Distinct series,
// streams and traces are counted by 64-bit hashes, up to a limit.
#include <array>
#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

namespace agent::sink {

enum class Signal { Metrics, Logs, Traces };
/// "metrics", "logs", "traces".
const char* to_string(Signal signal);

/// A sample of one series, reduced to what the counts need.
struct SampleMark {
  std::uint64_t series = 0;  ///< hash of its labels
  std::int64_t timestamp_ms = 0;
};

/// One decoded request.
struct Arrival {
  explicit Arrival(Signal of) : signal(of) {}

  Signal signal;
  std::vector<std::string> records;  ///< JSON objects, in the order of the request
  std::vector<SampleMark> samples;
  std::vector<std::uint64_t> groups;  ///< a hash for each stream seen, for each span its trace
  std::uint64_t stale_markers = 0;
  std::uint64_t histograms = 0;
  std::uint64_t exemplars = 0;
  std::uint64_t metadata = 0;
  std::uint64_t line_bytes = 0;
};

/// Counts since the start.
struct Totals {
  std::uint64_t requests = 0;
  std::uint64_t refused = 0;
  std::uint64_t records = 0;  ///< samples and histograms, log entries, spans
};

/// Bounded: `max_records` and 64 MiB of text for each signal, one million distinct hashes.
class Arrivals {
 public:
  explicit Arrivals(std::size_t max_records) : max_records_(max_records) {}

  void add(Arrival arrival);
  /// A request that was malformed, or that a test asked to refuse.
  void refuse(Signal signal, std::string reason);

  const Totals& totals(Signal signal) const { return kept(signal).totals; }
  /// Distinct series, streams or traces; stops counting at one million.
  std::size_t distinct(Signal signal) const;
  /// The newest `limit` records, oldest first, one JSON object a line.
  std::string records(Signal signal, std::size_t limit) const;
  /// Everything that is counted, as one JSON object.
  std::string stats() const;
  /// "metrics: 120 samples of 40 series, ..." for people.
  std::string summary() const;

 private:
  struct Kept {
    Totals totals;
    std::deque<std::string> records;
    std::size_t bytes = 0;
    std::string last_refusal;
  };
  Kept& kept(Signal signal) { return kept_[static_cast<std::size_t>(signal)]; }
  const Kept& kept(Signal signal) const { return kept_[static_cast<std::size_t>(signal)]; }
  void count_sample(const SampleMark& sample);

  std::size_t max_records_;
  std::array<Kept, 3> kept_;
  std::unordered_map<std::uint64_t, std::int64_t> series_;  // newest timestamp of each
  std::unordered_set<std::uint64_t> streams_;
  std::unordered_set<std::uint64_t> traces_;
  std::uint64_t stale_markers_ = 0;
  std::uint64_t histograms_ = 0;
  std::uint64_t exemplars_ = 0;
  std::uint64_t metadata_ = 0;
  std::uint64_t out_of_order_ = 0;
  std::uint64_t duplicates_ = 0;
  std::uint64_t line_bytes_ = 0;
};

}  // namespace agent::sink
