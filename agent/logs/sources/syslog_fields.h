#pragma once
// What the two syslog grammars share.
#include <algorithm>
#include <cstddef>
#include <optional>
#include <string_view>

namespace agent::logs {

/// A byte that may stand in a header field: anything but blanks and control characters.
inline bool is_field_byte(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return byte > 0x20 && byte != 0x7f;
}

/// Takes the field bytes at the start of `rest`; may be none.
inline std::string_view take_field(std::string_view& rest) {
  std::size_t size = 0;
  while (size < rest.size() && is_field_byte(rest[size]))
    ++size;
  const std::string_view out = rest.substr(0, size);
  rest.remove_prefix(size);
  return out;
}

/// Takes `c` if it comes next.
inline bool take(std::string_view& rest, char c) {
  if (!rest.starts_with(c)) return false;
  rest.remove_prefix(1);
  return true;
}

/// Takes "<0>" .. "<191>".
inline std::optional<unsigned> take_priority(std::string_view& rest) {
  constexpr unsigned kMost = 191;
  const std::size_t end = rest.substr(0, 5).find('>');
  if (!rest.starts_with('<') || end == std::string_view::npos || end < 2) return std::nullopt;
  unsigned number = 0;
  for (const char c : rest.substr(1, end - 1)) {
    if (c < '0' || c > '9') return std::nullopt;
    number = number * 10 + static_cast<unsigned>(c - '0');
  }
  if (number > kMost) return std::nullopt;
  rest.remove_prefix(end + 1);
  return number;
}

}  // namespace agent::logs
