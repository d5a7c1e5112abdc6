#pragma once
// Labels as configuration and discovery use them: owned text, sorted by name.
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace agent::model {

struct Label {
  std::string name;
  std::string value;
  friend bool operator==(const Label&, const Label&) = default;
  // NOLINTNEXTLINE(modernize-use-nullptr): clang-tidy 14 takes the zero of <=> for a pointer
  friend auto operator<=>(const Label&, const Label&) = default;
};

/// A set of labels, sorted bytewise by name, each name once. An empty value is an absent label, as
/// in Prometheus: setting "" removes, and getting an absent name gives "".
class LabelSet {
 public:
  LabelSet() = default;
  LabelSet(std::initializer_list<Label> labels) {
    for (const auto& label : labels)
      set(label.name, label.value);
  }
  /// "" when absent. The view is good until the set changes.
  std::string_view get(std::string_view name) const;
  bool has(std::string_view name) const { return !get(name).empty(); }
  void set(std::string_view name, std::string_view value);
  void erase(std::string_view name);
  bool empty() const { return labels_.empty(); }
  std::size_t size() const { return labels_.size(); }
  auto begin() const { return labels_.begin(); }
  auto end() const { return labels_.end(); }
  friend bool operator==(const LabelSet&, const LabelSet&) = default;
  // NOLINTNEXTLINE(modernize-use-nullptr): clang-tidy 14 takes the zero of <=> for a pointer
  friend auto operator<=>(const LabelSet&, const LabelSet&) = default;

 private:
  std::vector<Label> labels_;
};

/// XXH3 over names and values; equal sets hash alike on every machine.
std::uint64_t hash_of(const LabelSet& labels);

/// `{a="1", b="two"}` for people: quotes, backslashes and newlines escaped.
std::string to_string(const LabelSet& labels);

}  // namespace agent::model
