#include "agent/codec/families.h"

#include <algorithm>

namespace agent::codec {
namespace {

constexpr std::size_t kMaxBytes = 64U << 20U;
constexpr std::size_t kEntryBytes = 64;  // about what an entry costs besides its name

struct Suffix {
  MetricType type;
  std::string_view text;
};
constexpr Suffix kSuffixes[] = {
    {MetricType::Counter, "_total"},
    {MetricType::Counter, "_created"},
    {MetricType::Histogram, "_bucket"},
    {MetricType::Histogram, "_sum"},
    {MetricType::Histogram, "_count"},
    {MetricType::Histogram, "_created"},
    {MetricType::Summary, "_sum"},
    {MetricType::Summary, "_count"},
    {MetricType::Summary, "_created"},
    {MetricType::GaugeHistogram, "_bucket"},
    {MetricType::GaugeHistogram, "_gcount"},
    {MetricType::GaugeHistogram, "_gsum"},
    {MetricType::Info, "_info"},
};

}  // namespace

bool Families::set(std::string_view family, MetricType type) {
  last_name_.clear();
  const auto [at, added] = types_.insert_or_assign(std::string(family), type);
  if (added) bytes_ += family.size() + kEntryBytes;
  return bytes_ <= kMaxBytes;
}

MetricType Families::type_of(std::string_view name) {
  if (name == last_name_) return last_type_;
  last_type_ = look_up(name);
  last_name_ = name;
  return last_type_;
}

MetricType Families::look_up(std::string_view name) const {
  // The longest family wins, and a name ends in one of the suffixes at most.
  if (const auto exact = types_.find(name); exact != types_.end()) return exact->second;
  const std::size_t underscore = name.rfind('_');
  if (underscore == std::string_view::npos) return MetricType::Unknown;
  const auto family = types_.find(name.substr(0, underscore));
  if (family == types_.end()) return MetricType::Unknown;
  const bool member =
      std::any_of(std::begin(kSuffixes), std::end(kSuffixes), [&](const Suffix& suffix) {
        return suffix.type == family->second && suffix.text == name.substr(underscore);
      });
  return member ? family->second : MetricType::Unknown;
}

}  // namespace agent::codec
