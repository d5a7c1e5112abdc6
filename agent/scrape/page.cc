#include "agent/scrape/page.h"

namespace agent::scrape {

Page::Page(const JobSettings& settings, const SeriesLabels& labels, SeriesCache& cache, Time time,
           std::size_t expected_samples)
    : settings_(settings), labels_(labels), cache_(cache), time_(time) {
  samples_.reserve(expected_samples);
  cache_.begin_page();
}

void Page::on_head(const FetchHead& head) {
  codec::ExpositionVisitor& visitor = *this;  // a private base: only here is it known
  reader_.emplace(head, settings_.job.fallback_scrape_protocol,
                  settings_.job.limits.body_size_bytes, visitor);
}

bool Page::on_body(std::string_view bytes) {
  if (!reader_) return false;
  return reader_->feed(bytes) && failed_.has_value();
}

Status Page::status() const {
  if (!failed_) return failed_;
  return reader_ ? reader_->status() : Status();
}

Status Page::finish() {
  if (reader_ && failed_.has_value()) (void)reader_->finish();
  if (const Status read = status(); !read) return read.error();
  const std::uint64_t limit = settings_.job.limits.samples;
  if (limit > 0 && counts_.after_relabeling > limit)
    return Error{ErrorKind::Input,
                 "sample_limit exceeded: " + std::to_string(counts_.after_relabeling) +
                     " samples, limit " + std::to_string(limit)};
  return {};
}

void Page::on_sample(const codec::ScrapedSample& sample) {
  if (!failed_) return;
  ++counts_.scraped;
  const bool own_timestamp = settings_.job.honor_timestamps && sample.timestamp_ms.has_value();
  const SeriesCache::When when{own_timestamp ? *sample.timestamp_ms : time_.scrape_ms,
                               time_.latest_ms,
                               !own_timestamp || settings_.job.track_timestamps_staleness};
  const auto recorded = cache_.record(sample.series, reader_->format(), sample.type, labels_, when);
  if (!recorded) {
    failed_ = recorded.error();
    return;
  }
  count(recorded->verdict);
  if (recorded->first_seen) ++counts_.series_added;
  if (recorded->verdict == SeriesCache::Verdict::Kept)
    samples_.push_back({recorded->state, when.timestamp_ms, sample.value});
}

void Page::count(SeriesCache::Verdict verdict) {
  if (verdict != SeriesCache::Verdict::Relabeled) ++counts_.after_relabeling;
  switch (verdict) {
    case SeriesCache::Verdict::Kept:
      break;
    case SeriesCache::Verdict::Relabeled:
      ++counts_.relabeled;
      break;
    case SeriesCache::Verdict::Duplicate:
      ++counts_.duplicate;
      break;
    case SeriesCache::Verdict::OutOfOrder:
      ++counts_.out_of_order;
      break;
    case SeriesCache::Verdict::OutOfBounds:
      ++counts_.out_of_bounds;
      break;
  }
}

}  // namespace agent::scrape
