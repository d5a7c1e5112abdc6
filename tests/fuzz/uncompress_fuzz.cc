// Compressed bytes from strangers: never more than the limit comes out, whatever goes in.
#include <cstdint>
#include <string_view>

#include "agent/codec/compression.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  constexpr std::uint64_t kLimit = 1U << 20U;
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  for (const auto uncompress :
       {&agent::codec::snappy_uncompress, &agent::codec::gzip_uncompress,
        &agent::codec::deflate_uncompress, &agent::codec::zstd_uncompress}) {
    const auto result = uncompress(bytes, kLimit);
    if (result && result->size() > kLimit) __builtin_trap();
  }
  return 0;
}
