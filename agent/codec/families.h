#pragma once
#include <string>
#include <string_view>
#include <unordered_map>

#include "agent/base/strings.h"
#include "agent/codec/exposition.h"

namespace agent::codec {

/// Which family a sample belongs to, by the TYPE lines so far. Spec: metrics.md 5.5.
class Families {
 public:
  /// A later line for the same family wins. False: the page has named more than 64 MiB of families.
  bool set(std::string_view family, MetricType type);
  /// Type of the sample `name`; Unknown where no family claims it. Asking for the same name again
  /// costs one comparison.
  MetricType type_of(std::string_view name);

 private:
  MetricType look_up(std::string_view name) const;

  std::unordered_map<std::string, MetricType, StringHash, std::equal_to<>> types_;
  std::size_t bytes_ = 0;
  std::string last_name_;
  MetricType last_type_ = MetricType::Unknown;
};

}  // namespace agent::codec
