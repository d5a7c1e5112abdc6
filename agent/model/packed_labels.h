#pragma once
// A label set in one piece of memory, for the millions of series that a scrape cache holds.
#include <cstdint>
#include <string>
#include <string_view>

#include "agent/model/label_set.h"
#include "agent/model/log_batch.h"

namespace agent::model {

/// Sorted labels, packed as (varint length, bytes) for each name and value in turn. Equal sets have
/// equal bytes.
class PackedLabels {
 public:
  PackedLabels() = default;
  explicit PackedLabels(const LabelSet& labels);

  /// Visits the labels in order without allocating.
  class Iterator {
   public:
    explicit Iterator(const char* at) : at_(at) {}
    LabelView operator*() const;
    Iterator& operator++();
    bool operator!=(const Iterator& other) const { return at_ != other.at_; }

   private:
    const char* at_;
  };
  Iterator begin() const { return Iterator(bytes_.data()); }
  Iterator end() const { return Iterator(bytes_.data() + bytes_.size()); }
  std::string_view get(std::string_view name) const;
  const std::string& bytes() const { return bytes_; }
  bool empty() const { return bytes_.empty(); }
  LabelSet unpack() const;
  friend bool operator==(const PackedLabels&, const PackedLabels&) = default;

 private:
  std::string bytes_;
};

}  // namespace agent::model
