#pragma once
// Hashes: XXH3 for tables and placement, MD5 only because Prometheus' hashmod is defined by it, SHA
// for what users' templates ask for.
#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace agent {

/// XXH3, 64 bits. Stable across runs and machines.
std::uint64_t hash64(std::string_view bytes, std::uint64_t seed = 0);

/// The last 8 bytes of MD5(bytes), read as a big-endian number. Spec: metrics.md 4.3 (hashmod).
std::uint64_t md5_tail64(std::string_view bytes);

/// Sha3 is SHA3-256.
enum class Digest { Sha1, Sha256, Sha512, Sha3 };

/// The digest of `bytes` in lower-case hexadecimal digits.
class HexDigest {
 public:
  HexDigest(Digest kind, std::string_view bytes);
  std::string_view text() const { return {digits_.data(), size_}; }

 private:
  std::array<char, 128> digits_{};
  std::size_t size_ = 0;
};

}  // namespace agent
