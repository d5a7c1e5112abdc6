#include <cstdint>

#include "agent/base/check.h"
#include "agent/logs/stages/logfmt.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  agent::logs::LogfmtScanner scanner(text);
  std::size_t pairs = 0;
  while (scanner.next())
    ++pairs;
  AGENT_CHECK(pairs <= size);
  return 0;
}
