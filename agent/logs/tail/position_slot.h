#pragma once
// One of the two files that keep the state of positions: its bytes. Format: POSITIONS.md.
#include <cstdint>
#include <string>
#include <string_view>

#include "agent/base/result.h"
#include "agent/logs/tail/positions_state.h"

namespace agent::logs {

/// A slot whose head and first frame hold.
struct PositionSlot {
  std::uint64_t generation = 0;
  PositionsState state;
  std::uint64_t frames = 0;      ///< that hold, the first included
  std::size_t unused_bytes = 0;  ///< behind them: torn by a crash, or damaged
};

/// A whole new slot: the head, and `lines` as its first frame.
std::string encode_position_slot(std::uint64_t generation, std::string_view lines);
/// What follows as frame `number` (the first has 0).
std::string encode_position_frame(std::uint64_t generation, std::uint64_t number,
                                  std::string_view lines);

/// Errors: Input: the head or the first frame does not hold. Rejected: written by a newer version.
Result<PositionSlot> decode_position_slot(std::string_view bytes);

}  // namespace agent::logs
