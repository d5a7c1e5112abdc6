#pragma once
// All that we know of positions, and its text: lines that are applied one after the other.
// Format: POSITIONS.md.
#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "agent/base/result.h"
#include "agent/logs/tail/position_record.h"
#include "agent/logs/tail/positions_yaml.h"

namespace agent::logs {

struct PositionsState {
  using Id = std::uint64_t;
  std::map<Id, PositionRecord> files;
  std::map<std::string, std::string> cursors;
  /// Of a peer's file, taken over and not yet asked for.
  std::vector<TextPosition> text;
  /// Of the YAML that lies on the disk if its last write came through, and if not; 0: none.
  std::array<std::uint64_t, 2> yaml_hashes{};
};

/// The whole state as lines.
std::string render_positions_state(const PositionsState& state);

/// What changed since, as one line each.
std::string file_line(PositionsState::Id id, const PositionRecord& record);
/// The parts of a record that move with reading.
std::string at_line(PositionsState::Id id, const PositionRecord& record);
std::string gone_line(PositionsState::Id id);
std::string cursor_line(const std::string& name, const std::string& value);

/// Applies `lines` in their order. Errors: Input: a line that cannot be read; those before it are
/// applied.
Status apply_positions_lines(std::string_view lines, PositionsState& state);

}  // namespace agent::logs
