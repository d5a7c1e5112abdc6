#pragma once
// One compiled rule; private to this folder.
#include <memory>
#include <string>
#include <vector>

#include "agent/base/result.h"
#include "agent/model/label_set.h"
#include "agent/model/relabel_rule.h"
#include "agent/relabel/check_rule.h"
#include "agent/relabel/regex.h"
#include "agent/relabel/selector.h"
#include "agent/relabel/template.h"

namespace agent::relabel {

/// The texts of a match: [0] the whole, then the groups; data() is null where a group took no part.
using Captures = std::vector<std::string_view>;

class Rule {
 public:
  /// Errors: Config; `key` in front of the message.
  static Result<std::shared_ptr<const Rule>> compile(const model::RelabelRule& rule,
                                                     model::NameValidation scheme);
  /// False: dropped.
  bool apply(model::LabelSet& labels) const;

 private:
  Status compile_expressions();
  bool condition_holds(const model::LabelSet& labels) const;
  /// Values of the source labels, joined.
  std::string source_value(const model::LabelSet& labels) const;
  bool regex_matches(std::string_view text) const;
  bool capture(std::string_view text, std::size_t groups, Captures& out) const;
  std::string replace_everywhere(std::string_view text, const model::LabelSet& labels) const;

  bool apply_unconditionally(model::LabelSet& labels) const;
  bool passes(const model::LabelSet& labels) const;
  bool all_sources_equal(const model::LabelSet& labels) const;
  bool target_contains_sources(const model::LabelSet& labels) const;
  void replace(model::LabelSet& labels) const;
  void replace_all(model::LabelSet& labels) const;
  void map_names(model::LabelSet& labels) const;
  void rename_everywhere(model::LabelSet& labels) const;
  void remove_names(model::LabelSet& labels, bool where_matching) const;
  void graphite(model::LabelSet& labels) const;

  model::RelabelRule rule_;
  model::NameValidation scheme_ = model::NameValidation::Utf8;
  std::vector<Selector> condition_;
  Regex regex_;  // null: the default, which matches everything as its only group
  Template target_;
  Template replacement_;
  std::vector<std::pair<std::string, Template>> labels_;  // graphite
};

}  // namespace agent::relabel
