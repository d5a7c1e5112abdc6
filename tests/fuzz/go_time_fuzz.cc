#include <cstdint>

#include "agent/logs/stages/go_time.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  // The layout, a line break, the text.
  const std::size_t end = text.find(0x0A);
  if (end == std::string_view::npos) return 0;
  const agent::logs::TimeFormat format(text.substr(0, end), {});
  format.parse(text.substr(end + 1), agent::Timestamp{});
  return 0;
}
