#pragma once
// What one target's series are, from scrape to scrape.
//
// DESIGN. Two maps. Text -> Entry: the raw text of a series as the page has it, so that labels are
// split, merged, relabeled and checked once, not with every scrape. Labels -> SeriesState: what the
// rest of the agent calls a series; several texts may lead to one. A page is first a proposal:
// begin_page(), record() for each sample, then commit_page(), which alone changes what is
// remembered of timestamps and of who is alive; a page that failed is forgotten by begin_page().
// Pages keep their order, so each entry remembers its successor: a look-up is one comparison of
// bytes, and the hash map is asked only where the page changed.
#include <cstdint>
#include <limits>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "agent/base/result.h"
#include "agent/codec/exposition.h"
#include "agent/model/sample_batch.h"
#include "agent/scrape/series_labels.h"

namespace agent::scrape {

/// A series and what has to be known of it until the next scrape.
struct SeriesState {
  static constexpr std::int64_t kNever = std::numeric_limits<std::int64_t>::min();

  model::Series series;
  std::uint64_t page = 0;         ///< in which it was last recorded, kept or not
  std::uint64_t kept_page = 0;    ///< the last committed one of those
  std::int64_t last_ms = kNever;  ///< of its last kept sample
  std::int64_t page_last_ms = kNever;
  bool page_tracked = false;  ///< a stale marker is due when it ends
};

/// Makes ids of series: one for the process, never used twice.
class SeriesIds {
 public:
  std::uint64_t next() { return ++last_; }

 private:
  std::uint64_t last_ = 0;
};

/// The series of one target. Loop thread.
class SeriesCache {
 public:
  /// What became of a sample.
  enum class Verdict { Kept, Relabeled, Duplicate, OutOfOrder, OutOfBounds };
  struct Recorded {
    Verdict verdict = Verdict::Kept;
    SeriesState* state = nullptr;  ///< null: relabeled away
    bool first_seen = false;       ///< was not in the cache
  };
  /// A sample as far as time is concerned.
  struct When {
    std::int64_t timestamp_ms = 0;
    std::int64_t latest_ms = 0;  ///< more than this is out of bounds
    bool track = true;           ///< false: no stale marker when the series ends
  };
  /// A scrape that failed is a page without samples: it ends series, but they may come back.
  enum class Page { Good, Failed };
  /// What a commit leaves behind. Series stay valid until release().
  struct Ended {
    std::vector<SeriesState*> markers;       ///< series that ask for a stale marker
    std::vector<std::uint64_t> removed_ids;  ///< of series that the cache forgets
  };

  explicit SeriesCache(SeriesIds& ids) : ids_(ids) {}
  SeriesCache(const SeriesCache&) = delete;
  SeriesCache& operator=(const SeriesCache&) = delete;

  void begin_page();
  /// Looks the text up, or resolves it with `labels` on first sight. Errors: Input (no name, a bad
  /// name, a label limit); they are the page's end and not remembered.
  Result<Recorded> record(std::string_view raw, codec::ExpositionFormat format,
                          codec::MetricType type, const SeriesLabels& labels, const When& when);
  /// The same for a series that the agent makes itself.
  Recorded record_own(const model::LabelSet& labels, const When& when);
  Ended commit_page(Page page);
  /// Frees the series that the last commit removed.
  void release() { removed_.clear(); }

  /// Series that get a marker if the target vanishes now.
  const std::vector<SeriesState*>& alive() const { return alive_; }
  /// Of every series in the cache.
  std::vector<std::uint64_t> ids() const;
  /// True where a series of these labels (model::PackedLabels::bytes()) has a sample at or after
  /// `since_ms`.
  bool has_written(std::string_view packed, std::int64_t since_ms) const;

  std::size_t texts() const { return by_text_.size(); }
  std::size_t series() const { return by_labels_.size(); }

 private:
  struct Entry {
    std::string raw;
    codec::MetricType type = codec::MetricType::Unknown;
    SeriesState* state = nullptr;  // null: relabeled away
    std::uint64_t page = 0;
    Entry* next = nullptr;  // what followed in an earlier page
  };

  Entry* look_up(std::string_view raw, codec::MetricType type);
  Result<Entry*> resolve(std::string_view raw, codec::ExpositionFormat format,
                         codec::MetricType type, const SeriesLabels& labels);
  SeriesState& intern(const model::LabelSet& labels, bool& created);
  Verdict stamp(SeriesState& state, const When& when);
  void forget_texts();
  void forget_series(Page page, std::vector<std::uint64_t>& ids);

  SeriesIds& ids_;
  std::unordered_map<std::string_view, std::unique_ptr<Entry>> by_text_;
  std::unordered_map<std::string_view, std::unique_ptr<SeriesState>> by_labels_;
  std::vector<SeriesState*> touched_;  // by the page that is being read
  std::vector<SeriesState*> alive_;
  std::vector<std::unique_ptr<SeriesState>> removed_;
  std::uint64_t page_ = 0;
  std::uint64_t good_page_ = 0;
  std::size_t page_texts_ = 0;
  std::size_t good_texts_ = 0;
  Entry* first_ = nullptr;     // where pages start
  Entry* previous_ = nullptr;  // the entry before this one, in this page
};

}  // namespace agent::scrape
