#pragma once
// A relabeling rule as it stands in a file; relabel/ compiles and applies it. Spec: metrics.md 4.
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace agent::model {

enum class RelabelAction {
  Replace,
  Keep,
  Drop,
  KeepEqual,
  DropEqual,
  HashMod,
  LabelMap,
  LabelDrop,
  LabelKeep,
  Lowercase,
  Uppercase,
  // vmagent's, spec: metrics.md 4.4
  ReplaceAll,
  LabelMapAll,
  KeepIfEqual,
  DropIfEqual,
  KeepIfContains,
  DropIfContains,
  KeepMetrics,
  DropMetrics,
  Graphite,
};

struct RelabelRule {
  RelabelAction action = RelabelAction::Replace;
  std::vector<std::string> source_labels;
  std::string separator = ";";
  std::string regex = "(.*)";
  std::string replacement = "$1";
  std::string target_label;
  std::uint64_t modulus = 0;
  std::vector<std::string> condition;  ///< `if`: series selectors, any may match; empty: always
  std::string match;                   ///< graphite: a name with `*` for each captured part
  std::vector<std::pair<std::string, std::string>> labels;  ///< graphite: names and templates
  friend bool operator==(const RelabelRule&, const RelabelRule&) = default;
};

}  // namespace agent::model
