#pragma once
// Pieces of the JSON lines that decoders render.
#include <charconv>
#include <cmath>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>

#include "agent/base/result.h"
#include "agent/base/strings.h"

namespace agent::sink {

/// A JSON number; NaN and the infinities as the texts "NaN", "+Inf", "-Inf".
inline std::string json_number(double value) {
  if (std::isnan(value)) return "\"NaN\"";
  if (std::isinf(value)) return value > 0 ? "\"+Inf\"" : "\"-Inf\"";
  char out[40];
  return {out, std::to_chars(out, out + sizeof out, value).ptr};
}

inline void append_json_member(std::string& out, std::string_view name, std::string_view value) {
  if (out.back() != '{') out += ',';
  out += json_quote(name) + ":" + json_quote(value);
}

/// Lower-case hexadecimal digits of `bytes`.
inline std::string to_hex(std::string_view bytes) {
  constexpr char kDigits[] = "0123456789abcdef";
  std::string out;
  for (const char c : bytes) {
    out += kDigits[static_cast<unsigned char>(c) >> 4U];
    out += kDigits[static_cast<unsigned char>(c) & 0xFU];
  }
  return out;
}

/// Input, naming `place`.
inline Error malformed(const std::string& place, const std::string& what) {
  return {ErrorKind::Input, place.empty() ? what : place + ": " + what};
}

}  // namespace agent::sink
