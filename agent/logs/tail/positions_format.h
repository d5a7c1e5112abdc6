#pragma once
// The two texts of positions: Promtail's YAML and our own state. Spec: logs.md 3.4.
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "agent/base/result.h"
#include "agent/logs/tail/identity.h"

namespace agent::logs {

/// How far one file was read and delivered.
struct PositionRecord {
  std::string job;
  std::string path;
  std::uint64_t labels_hash = 0;  ///< of the target's labels
  FileIdentity identity;
  std::uint64_t offset = 0;
  bool mid_line = false;  ///< the offset lies in a line whose start was cut and sent

  friend bool operator==(const PositionRecord& a, const PositionRecord& b) {
    return a.job == b.job && a.path == b.path && a.labels_hash == b.labels_hash &&
           a.identity.device == b.identity.device && a.identity.inode == b.identity.inode &&
           a.identity.birth_ns == b.identity.birth_ns &&
           a.identity.fingerprint == b.identity.fingerprint && a.offset == b.offset &&
           a.mid_line == b.mid_line;
  }
};

/// One line of a positions file in the peers' form.
struct TextPosition {
  std::string path;
  std::string labels;  ///< "" in Promtail's form; "{}" or "{job=\"x\"}" in the newer one
  std::uint64_t offset = 0;
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

/// All that we know, as kept in state_dir.
struct PositionsState {
  std::vector<PositionRecord> files;
  std::map<std::string, std::string> cursors;
  std::uint64_t yaml_hash = 0;  ///< of the YAML that we wrote last; 0: none
};

/// Errors: Input: another version, a line that cannot be read, a checksum that does not hold.
Result<PositionsState> parse_positions_state(std::string_view text);
/// Lines of fields between blanks, closed by a checksum over all before it.
std::string render_positions_state(const PositionsState& state);

}  // namespace agent::logs
