#include <cstdint>

#include "agent/logs/stages/zone.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto zone = agent::logs::Zone::parse(text);
  if (!zone) return 0;
  for (const std::int64_t at : {std::int64_t{0}, std::int64_t{1} << 40, -(std::int64_t{1} << 40),
                                std::int64_t{4'102'444'800}}) {
    zone->at(at);
    zone->to_unix(at);
    zone->offset_of("CEST", at);
  }
  return 0;
}
