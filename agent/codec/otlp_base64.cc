#include <algorithm>
#include <array>

#include "agent/codec/otlp_json.h"

namespace agent::codec {
namespace {

constexpr std::string_view kAlphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr unsigned kInvalid = 64;

constexpr std::array<unsigned char, 256> kValues = [] {
  std::array<unsigned char, 256> values{};
  values.fill(kInvalid);
  for (std::size_t i = 0; i < kAlphabet.size(); ++i)
    values[static_cast<unsigned char>(kAlphabet[i])] = static_cast<unsigned char>(i);
  values['-'] = 62;
  values['_'] = 63;
  return values;
}();

}  // namespace

bool append_decoded_base64(std::string& out, std::string_view base64) {
  for (int padding = 0; padding < 2 && !base64.empty() && base64.back() == '='; ++padding)
    base64.remove_suffix(1);
  if (base64.size() % 4 == 1) return false;
  std::uint32_t bits = 0;
  unsigned held = 0;
  for (const char c : base64) {
    const unsigned value = kValues[static_cast<unsigned char>(c)];
    if (value == kInvalid) return false;
    bits = bits << 6U | value;
    held += 6;
    if (held >= 8) {
      held -= 8;
      out.push_back(static_cast<char>(bits >> held & 0xFFU));
    }
  }
  return true;
}

void append_base64(std::string& out, std::string_view bytes) {
  while (!bytes.empty()) {
    std::uint32_t bits = 0;
    for (std::size_t i = 0; i < 3; ++i)
      bits = bits << 8U | (i < bytes.size() ? static_cast<unsigned char>(bytes[i]) : 0U);
    for (std::size_t i = 0; i < 4; ++i)
      out.push_back(i <= bytes.size() ? kAlphabet[bits >> (18 - 6 * i) & 63U] : '=');
    bytes.remove_prefix(std::min<std::size_t>(3, bytes.size()));
  }
}

}  // namespace agent::codec
