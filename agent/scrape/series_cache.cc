#include "agent/scrape/series_cache.h"

#include <optional>
#include <utility>

namespace agent::scrape {
namespace {

// How much a target that fails may add to the cache before all texts are thrown away.
constexpr std::size_t kSpareTexts = 1000;

}  // namespace

void SeriesCache::begin_page() {
  ++page_;
  page_texts_ = 0;
  previous_ = nullptr;
  touched_.clear();
}

SeriesCache::Entry* SeriesCache::look_up(std::string_view raw, codec::MetricType type) {
  Entry*& guess = previous_ != nullptr ? previous_->next : first_;
  if (guess == nullptr || guess->raw != raw) {
    const auto at = by_text_.find(raw);
    if (at == by_text_.end()) return nullptr;
    guess = at->second.get();
  }
  // A family that changed its type may change its canonical le and quantile.
  return guess->type == type ? guess : nullptr;
}

Result<SeriesCache::Entry*> SeriesCache::resolve(std::string_view raw,
                                                 codec::ExpositionFormat format,
                                                 codec::MetricType type,
                                                 const SeriesLabels& labels) {
  codec::ParsedSeries parsed;
  if (const Status read = codec::parse_series(format, raw, type, parsed); !read)
    return read.error();
  const auto resolved = labels.resolve(parsed);
  if (!resolved) return resolved.error();
  bool created = false;
  SeriesState* state = *resolved ? &intern(**resolved, created) : nullptr;
  const auto known = by_text_.find(raw);
  Entry* entry = known == by_text_.end() ? nullptr : known->second.get();
  if (entry == nullptr) {
    auto made = std::make_unique<Entry>();
    made->raw = raw;
    entry = made.get();
    by_text_.emplace(entry->raw, std::move(made));
  }
  entry->type = type;
  entry->state = state;
  (previous_ != nullptr ? previous_->next : first_) = entry;
  return entry;
}

SeriesState& SeriesCache::intern(const model::LabelSet& labels, bool& created) {
  model::PackedLabels packed(labels);
  const auto at = by_labels_.find(packed.bytes());
  created = at == by_labels_.end();
  if (!created) return *at->second;
  auto made = std::make_unique<SeriesState>();
  made->series = {ids_.next(), std::move(packed)};
  const std::string_view key = made->series.labels.bytes();
  return *by_labels_.emplace(key, std::move(made)).first->second;
}

SeriesCache::Verdict SeriesCache::stamp(SeriesState& state, const When& when) {
  if (state.page != page_) {
    state.page = page_;
    state.page_last_ms = state.last_ms;
    state.page_tracked = false;
    touched_.push_back(&state);
  }
  state.page_tracked |= when.track;
  if (when.timestamp_ms > when.latest_ms) return Verdict::OutOfBounds;
  if (when.timestamp_ms < state.page_last_ms) return Verdict::OutOfOrder;
  if (when.timestamp_ms == state.page_last_ms) return Verdict::Duplicate;
  state.page_last_ms = when.timestamp_ms;
  return Verdict::Kept;
}

Result<SeriesCache::Recorded> SeriesCache::record(std::string_view raw,
                                                  codec::ExpositionFormat format,
                                                  codec::MetricType type,
                                                  const SeriesLabels& labels, const When& when) {
  Entry* entry = look_up(raw, type);
  if (entry == nullptr) {
    const auto resolved = resolve(raw, format, type, labels);
    if (!resolved) return resolved.error();
    entry = *resolved;
  }
  previous_ = entry;
  if (std::exchange(entry->page, page_) != page_) ++page_texts_;
  if (entry->state == nullptr) return Recorded{Verdict::Relabeled, nullptr, false};
  const bool first_seen = entry->state->page == 0;
  return Recorded{stamp(*entry->state, when), entry->state, first_seen};
}

SeriesCache::Recorded SeriesCache::record_own(const model::LabelSet& labels, const When& when) {
  bool created = false;
  SeriesState& state = intern(labels, created);
  return {stamp(state, when), &state, created};
}

SeriesCache::Ended SeriesCache::commit_page(Page page) {
  Ended out;
  for (SeriesState* state : touched_) {
    state->last_ms = state->page_last_ms;
    state->kept_page = page_;
  }
  for (SeriesState* state : alive_)
    if (state->page != page_) out.markers.push_back(state);
  alive_.clear();
  for (SeriesState* state : touched_)
    if (state->page_tracked && state->last_ms != SeriesState::kNever) alive_.push_back(state);
  if (page == Page::Good) {
    good_page_ = page_;
    good_texts_ = page_texts_;
    if (by_text_.size() > page_texts_) forget_texts();
  } else if (by_text_.size() > 2 * good_texts_ + kSpareTexts) {
    by_text_.clear();
    first_ = previous_ = nullptr;
  }
  forget_series(page, out.removed_ids);
  return out;
}

void SeriesCache::forget_texts() {
  const auto gone = [this](const Entry* entry) { return entry->page != page_; };
  if (first_ != nullptr && gone(first_)) first_ = nullptr;
  for (const auto& [raw, entry] : by_text_)
    if (entry->next != nullptr && gone(entry->next)) entry->next = nullptr;
  std::erase_if(by_text_, [&](const auto& item) { return gone(item.second.get()); });
}

// After a good page only what was in it stays. After a failed one series of the last good page stay
// too, because they will most likely come back; others go once no text leads to them any more.
void SeriesCache::forget_series(Page page, std::vector<std::uint64_t>& ids) {
  if (page == Page::Good && by_labels_.size() == touched_.size()) return;
  if (page == Page::Failed && !by_text_.empty()) return;
  for (auto at = by_labels_.begin(); at != by_labels_.end();) {
    const bool stays = at->second->kept_page >= good_page_ && at->second->kept_page != 0;
    if (stays) {
      ++at;
      continue;
    }
    ids.push_back(at->second->series.id);
    removed_.push_back(std::move(at->second));
    at = by_labels_.erase(at);
  }
}

std::vector<std::uint64_t> SeriesCache::ids() const {
  std::vector<std::uint64_t> out;
  out.reserve(by_labels_.size());
  for (const auto& [labels, state] : by_labels_)
    out.push_back(state->series.id);
  return out;
}

bool SeriesCache::has_written(std::string_view packed, std::int64_t since_ms) const {
  const auto at = by_labels_.find(packed);
  return at != by_labels_.end() && at->second->kept_page != 0 && at->second->last_ms >= since_ms;
}

}  // namespace agent::scrape
