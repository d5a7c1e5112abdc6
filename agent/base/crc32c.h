#pragma once
// CRC-32C (Castagnoli), the checksum of what we keep on disk. RFC 3720, appendix B.4.
#include <cstdint>
#include <string_view>

namespace agent {

/// The checksum of `bytes` after bytes whose checksum is `before` (0: none).
std::uint32_t crc32c(std::string_view bytes, std::uint32_t before = 0);

}  // namespace agent
