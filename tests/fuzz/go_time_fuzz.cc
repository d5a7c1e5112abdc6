#include <cstdint>

#include "agent/base/check.h"
#include "agent/logs/stages/go_time.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  // The layout, a line break, the text.
  const std::size_t end = text.find(0x0A);
  if (end == std::string_view::npos) return 0;
  const std::string_view time = text.substr(end + 1);
  agent::logs::TimeFormat format(text.substr(0, end), {});
  format.parse(time, agent::Timestamp{});
  // What the fast reader takes, Go's layout takes too, and as the same time.
  const agent::logs::GoLayout layout("2006-01-02T15:04:05.999999999Z07:00");
  if (const auto fast = agent::Rfc3339Reader().parse(time))
    AGENT_CHECK(fast == layout.parse(time, {}, agent::Timestamp{}));
  return 0;
}
