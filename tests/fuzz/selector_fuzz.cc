#include <cstdint>

#include "agent/logs/stages/selector.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto selector = agent::logs::Selector::parse(text);
  if (!selector) return 0;
  agent::model::LabelTable table;
  selector->matches(*table.intern({{"job", "web"}, {"a", "b"}}), text);
  return 0;
}
