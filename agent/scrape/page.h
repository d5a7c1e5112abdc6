#pragma once
// One page on its way through a target's cache: taken whole or not at all.
#include <cstdint>
#include <optional>
#include <vector>

#include "agent/base/clock.h"
#include "agent/codec/exposition.h"
#include "agent/scrape/fetcher.h"
#include "agent/scrape/job_settings.h"
#include "agent/scrape/page_reader.h"
#include "agent/scrape/series_cache.h"

namespace agent::scrape {

/// A sample that waits for the page's end.
struct PageSample {
  const SeriesState* state = nullptr;
  std::int64_t timestamp_ms = 0;
  double value = 0;
};

/// Samples of a page by what became of them.
struct PageCounts {
  std::uint64_t scraped = 0;  ///< read from the page
  std::uint64_t after_relabeling = 0;
  std::uint64_t series_added = 0;
  std::uint64_t relabeled = 0;  ///< dropped, here and below
  std::uint64_t duplicate = 0;
  std::uint64_t out_of_order = 0;
  std::uint64_t out_of_bounds = 0;
};

/// Reads one answer into `cache`, whose page it begins and the caller commits.
class Page final : private codec::ExpositionVisitor {
 public:
  struct Time {
    std::int64_t scrape_ms = 0;  ///< of samples without a timestamp
    std::int64_t latest_ms = 0;  ///< timestamps above are out of bounds
  };
  Page(const JobSettings& settings, const SeriesLabels& labels, SeriesCache& cache, Time time,
       std::size_t expected_samples);

  void on_head(const FetchHead& head);
  /// False once the page has failed.
  bool on_body(std::string_view bytes);
  /// The end of the answer: the last checks. Errors: Input; nothing of the page may be kept then.
  Status finish();

  const std::vector<PageSample>& samples() const { return samples_; }
  const PageCounts& counts() const { return counts_; }
  std::uint64_t body_bytes() const { return reader_ ? reader_->body_bytes() : 0; }
  bool over_body_limit() const { return reader_ && reader_->over_limit(); }

 private:
  void on_sample(const codec::ScrapedSample& sample) override;
  void count(SeriesCache::Verdict verdict);
  Status status() const;

  const JobSettings& settings_;
  const SeriesLabels& labels_;
  SeriesCache& cache_;
  Time time_;
  std::optional<PageReader> reader_;
  std::vector<PageSample> samples_;
  PageCounts counts_;
  Status failed_;  // by a series; the parser's own errors are in reader_
};

}  // namespace agent::scrape
