#pragma once
#include <cstddef>
#include <string>
#include <string_view>

namespace agent::logs::templates {

/// A character of a text. A byte that is no UTF-8 reads as U+FFFD with length 1.
struct Rune {
  char32_t code = 0xFFFD;
  std::size_t length = 1;
};

/// The first character of `text`, which is not empty.
Rune decode_rune(std::string_view text);
/// Appends `code` as UTF-8; what is no character, as U+FFFD.
void append_rune(std::string& out, char32_t code);
/// Characters in `text`, as Go counts runes.
std::size_t count_runes(std::string_view text);

/// Go's unicode.IsSpace.
bool is_space(char32_t code);
/// Without blanks (is_space) at both ends.
std::string_view trim_space(std::string_view text);

}  // namespace agent::logs::templates
