#include <cstdint>

#include "agent/base/check.h"
#include "agent/logs/tail/position_slot.h"
#include "agent/logs/tail/positions_yaml.h"

// Foreign bytes as either text; what could be read is written and read again.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  agent::logs::PositionsState state;
  if (apply_positions_lines(text, state)) {
    agent::logs::PositionsState again;
    AGENT_CHECK(apply_positions_lines(render_positions_state(state), again));
    AGENT_CHECK(again.files == state.files);
  }
  static_cast<void>(agent::logs::decode_position_slot(text));
  if (const auto yaml = agent::logs::parse_positions_yaml(text)) {
    agent::logs::PositionsText unique = *yaml;
    std::erase_if(unique.files, [&](const auto& file) { return &file != &unique.files.front(); });
    AGENT_CHECK(agent::logs::parse_positions_yaml(render_positions_yaml(unique)));
  }
  return 0;
}
