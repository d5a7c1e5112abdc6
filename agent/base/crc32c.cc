#include "agent/base/crc32c.h"

#include <array>
#include <cstring>

#if defined(__x86_64__)
#include <nmmintrin.h>
#endif

namespace agent {
namespace {

constexpr std::uint32_t kPolynomial = 0x82F63B78;  // reflected

constexpr std::array<std::uint32_t, 256> make_table() {
  std::array<std::uint32_t, 256> out{};
  for (std::uint32_t byte = 0; byte < 256; ++byte) {
    std::uint32_t value = byte;
    for (int bit = 0; bit < 8; ++bit)
      value = (value & 1U) != 0 ? value >> 1U ^ kPolynomial : value >> 1U;
    out[byte] = value;
  }
  return out;
}

constexpr auto kTable = make_table();

std::uint32_t update_bytewise(std::uint32_t state, std::string_view bytes) {
  for (const char c : bytes)
    state = state >> 8U ^ kTable[(state ^ static_cast<unsigned char>(c)) & 0xFFU];
  return state;
}

#if defined(__x86_64__)
__attribute__((target("sse4.2"))) std::uint32_t update_by_instruction(std::uint32_t state,
                                                                      std::string_view bytes) {
  std::uint64_t wide = state;
  for (; bytes.size() >= sizeof wide; bytes.remove_prefix(sizeof wide)) {
    std::uint64_t word = 0;
    std::memcpy(&word, bytes.data(), sizeof word);
    wide = _mm_crc32_u64(wide, word);
  }
  return update_bytewise(static_cast<std::uint32_t>(wide), bytes);
}

std::uint32_t update(std::uint32_t state, std::string_view bytes) {
  static const bool has_instruction = __builtin_cpu_supports("sse4.2") != 0;
  return has_instruction ? update_by_instruction(state, bytes) : update_bytewise(state, bytes);
}
#else
std::uint32_t update(std::uint32_t state, std::string_view bytes) {
  return update_bytewise(state, bytes);
}
#endif

}  // namespace

std::uint32_t crc32c(std::string_view bytes, std::uint32_t before) {
  return ~update(~before, bytes);
}

}  // namespace agent
