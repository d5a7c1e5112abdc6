#include "agent/selfmon/series_family.h"

#include <algorithm>

#include "agent/selfmon/text_format.h"

namespace agent::selfmon {
namespace {

std::string_view type_name(SeriesFamily::Type type) {
  constexpr std::string_view kNames[] = {"counter", "gauge", "histogram"};
  return kNames[static_cast<std::size_t>(type)];
}

std::string label_name(std::string_view name) {
  std::string out(name);
  for (std::size_t i = 0; i < out.size(); ++i) {
    const char c = out[i];
    const bool is_digit = c >= '0' && c <= '9';
    const bool fits = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
    if (!fits && (!is_digit || i == 0)) out[i] = '_';
  }
  return out;
}

void append_line(std::string& out, const std::string& name, std::string_view suffix,
                 const std::string& labels, double value) {
  out += name;
  out += suffix;
  out += labels;
  out += ' ';
  out += number_text(value);
  out += '\n';
}

void append_histogram(std::string& out, const std::string& name, const model::LabelSet& labels,
                      const SeriesFamily::Series& series, const std::vector<double>& bounds) {
  std::uint64_t count = 0;
  for (std::size_t i = 0; i < series.in_buckets.size(); ++i) {
    count += series.in_buckets[i];
    const std::string bound = i < bounds.size() ? number_text(bounds[i]) : "+Inf";
    append_line(out, name, "_bucket", label_text(labels, "le", bound), static_cast<double>(count));
  }
  append_line(out, name, "_sum", label_text(labels), series.value);
  append_line(out, name, "_count", label_text(labels), static_cast<double>(count));
}

}  // namespace

void SeriesFamily::Access::observe(Series& series, double value) const {
  const auto& bounds = family_.options_.bounds;
  // Not a number is in no bucket but the last.
  const auto at =
      value == value ? std::lower_bound(bounds.begin(), bounds.end(), value) : bounds.end();
  ++series.in_buckets[static_cast<std::size_t>(at - bounds.begin())];
  series.value += value;
}

SeriesFamily::Series* SeriesFamily::find(const model::Labels& labels, Timestamp now) {
  const auto known = by_hash_.find(labels.hash());
  return known != by_hash_.end() ? known->second : make(labels, now);
}

SeriesFamily::Series* SeriesFamily::make(const model::Labels& labels, Timestamp now) {
  model::LabelSet shown = visible(labels.set());
  auto at = series_.find(shown);
  if (at == series_.end()) {
    if (series_.size() >= kMaxSeries) forget_idle_locked(now);
    if (series_.size() >= kMaxSeries) return nullptr;
    at = series_.emplace(std::move(shown), Series{}).first;
    if (options_.type == Type::Histogram) at->second.in_buckets.resize(options_.bounds.size() + 1);
  }
  // Sets that differ in what is not shown lead to one series, so there may be more of them.
  if (by_hash_.size() >= 2 * kMaxSeries) by_hash_.clear();
  by_hash_.emplace(labels.hash(), &at->second);
  return &at->second;
}

model::LabelSet SeriesFamily::visible(const model::LabelSet& labels) const {
  model::LabelSet out;
  for (const auto& label : labels) {
    const bool is_bound = options_.type == Type::Histogram && label.name == "le";
    if (!label.name.starts_with("__") && !is_bound) out.set(label_name(label.name), label.value);
  }
  return out;
}

std::string SeriesFamily::exposition(const std::string& name) {
  const std::lock_guard lock(mutex_);
  if (series_.empty()) return {};
  std::string out = family_head(name, options_.help, type_name(options_.type));
  for (const auto& [labels, series] : series_) {
    if (options_.type == Type::Histogram) {
      append_histogram(out, name, labels, series, options_.bounds);
    } else {
      append_line(out, name, "", label_text(labels), series.value);
    }
  }
  return out;
}

void SeriesFamily::forget_idle(Timestamp now) {
  const std::lock_guard lock(mutex_);
  forget_idle_locked(now);
}

void SeriesFamily::forget_idle_locked(Timestamp now) {
  const auto forgotten =
      std::erase_if(series_, [now](const auto& item) { return item.second.idle_at <= now; });
  if (forgotten > 0) by_hash_.clear();
}

void SeriesFamily::retire() {
  const std::lock_guard lock(mutex_);
  is_retired_ = true;
  by_hash_.clear();
  series_.clear();
}

}  // namespace agent::selfmon
