#include <cstdint>

#include "agent/base/check.h"
#include "agent/logs/tail/positions_format.h"

// Foreign bytes as either text; what could be read is written and read again.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (const auto state = agent::logs::parse_positions_state(text)) {
    const auto again = agent::logs::parse_positions_state(render_positions_state(*state));
    AGENT_CHECK(again && again->files == state->files);
  }
  if (const auto yaml = agent::logs::parse_positions_yaml(text)) {
    agent::logs::PositionsText unique = *yaml;
    std::erase_if(unique.files, [&](const auto& file) { return &file != &unique.files.front(); });
    AGENT_CHECK(agent::logs::parse_positions_yaml(render_positions_yaml(unique)));
  }
  return 0;
}
