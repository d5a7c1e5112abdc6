#pragma once
// Promtail's text of positions, and the newer one of Grafana Agent and Alloy. Spec: logs.md 3.4.
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "agent/base/result.h"

namespace agent::logs {

/// One line of a positions file in the peers' form.
struct TextPosition {
  std::string path;
  std::string labels;  ///< "" in Promtail's form; "{}" or "{job=\"x\"}" in the newer one
  std::uint64_t offset = 0;
  friend bool operator==(const TextPosition&, const TextPosition&) = default;
};

/// What a positions file of the peers holds.
struct PositionsText {
  std::vector<TextPosition> files;
  std::map<std::string, std::string> cursors;  ///< `cursor-x`, `journal-x`: kept as they are
  int ignored = 0;                             ///< entries whose offset is no number
};

/// Reads both forms. Errors: Input, where the text is empty, torn or no YAML.
Result<PositionsText> parse_positions_yaml(std::string_view text);
/// Promtail's form. Names that are no UTF-8 cannot stand in YAML and are left out.
std::string render_positions_yaml(const PositionsText& positions);

}  // namespace agent::logs
