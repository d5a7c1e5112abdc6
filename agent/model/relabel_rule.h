#pragma once
// A relabeling rule as it stands in a file; relabel/ compiles and applies it. Spec: metrics.md 4.
#include <cstdint>
#include <string>
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
};

struct RelabelRule {
  RelabelAction action = RelabelAction::Replace;
  std::vector<std::string> source_labels;
  std::string separator = ";";
  std::string regex = "(.*)";
  std::string replacement = "$1";
  std::string target_label;
  std::uint64_t modulus = 0;
  friend bool operator==(const RelabelRule&, const RelabelRule&) = default;
};

}  // namespace agent::model
