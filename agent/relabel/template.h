#pragma once
// `replacement` and `target_label`: text with references to groups ($1, ${name}) and, as vmagent
// has it, to labels ({{name}}). Spec: metrics.md 4.2, 4.4.
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "agent/model/label_set.h"

namespace agent::relabel {

/// What groups are called: names()[i] is the name of group i, "" where it has none; [0] is the
/// whole match.
using GroupNames = std::vector<std::string>;

/// A template taken apart once, so that expanding it only appends.
class Template {
 public:
  /// Whether {{label}} is a reference or text.
  enum class LabelReferences { No, Yes };

  Template() = default;
  Template(std::string_view text, const GroupNames& groups, LabelReferences references);

  /// `captures[i]` is the text of group i; groups beyond it, and labels that are absent, give
  /// nothing. What is inserted is never expanded again.
  std::string expand(std::span<const std::string_view> captures,
                     const model::LabelSet& labels) const;
  /// One more than the highest group that is referred to.
  std::size_t groups_needed() const { return groups_needed_; }

  /// `text` without its $ references: what has to be legal in a name by itself.
  static std::string literal_part(std::string_view text);

 private:
  enum class Kind { Text, Group, Label };
  struct Part {
    Kind kind = Kind::Text;
    std::string text;         // Text, and the name of Label
    std::vector<int> groups;  // Group: the first of them that took part counts
  };
  void add_text(std::string_view text);
  void add_group(std::string_view name, const GroupNames& groups);

  std::vector<Part> parts_;
  std::size_t groups_needed_ = 0;
};

}  // namespace agent::relabel
