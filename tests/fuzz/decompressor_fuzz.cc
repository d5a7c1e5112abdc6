// Compressed files from strangers, in steps of any size: no step stands still without an end.
#include <algorithm>
#include <cstdint>
#include <string_view>

#include "agent/codec/decompressor.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using agent::codec::Compression;
  constexpr std::size_t kMost = 1U << 20U;
  if (size < 2) return 0;
  const auto decompressor = agent::codec::make_decompressor(static_cast<Compression>(data[0] % 4));
  const std::size_t step_size = data[1] + 1U;
  std::string_view bytes(reinterpret_cast<const char*>(data + 2), size - 2);
  char out[251];
  for (std::size_t made = 0; made < kMost;) {
    const auto step = decompressor->step(bytes.substr(0, step_size), out);
    if (!step) break;
    if (step->taken > std::min(step_size, bytes.size()) || step->made > sizeof out)
      __builtin_trap();
    bytes.remove_prefix(step->taken);
    made += step->made;
    if (step->taken == 0 && step->made == 0) break;
  }
  return 0;
}
