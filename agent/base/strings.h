#pragma once
// Small text helpers that the standard library lacks.
#include <algorithm>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace agent {

/// Lets unordered containers of std::string be searched by std::string_view: pair it with
/// std::equal_to<>.
struct StringHash {
  using is_transparent = void;
  std::size_t operator()(std::string_view text) const {
    return std::hash<std::string_view>{}(text);
  }
};

/// Parts between `separator`s; "" gives one empty part.
std::vector<std::string_view> split(std::string_view text, char separator);

/// `text` without blanks, tabs, CR and LF at both ends.
std::string_view trim(std::string_view text);

/// ASCII only; other bytes stay.
std::string to_lower(std::string_view text);
std::string to_upper(std::string_view text);
bool equals_ignoring_case(std::string_view a, std::string_view b);

std::string join(const std::vector<std::string>& parts, std::string_view separator);

/// True where `text` is valid UTF-8 (no surrogates, no overlong forms).
bool is_valid_utf8(std::string_view text);

/// `text` with each invalid byte replaced by U+FFFD.
std::string replace_invalid_utf8(std::string_view text);

/// The candidate nearest to `word` by edit distance, if it is near enough to be meant; ""
/// otherwise.
std::string_view nearest(std::string_view word, const std::vector<std::string_view>& candidates);

/// Appends `text` as the inside of a JSON string (no quotes): `"` `\` and control characters are
/// escaped, bytes that are not UTF-8 become U+FFFD.
void append_json_escaped(std::string& out, std::string_view text);
/// `text` as a JSON string with its quotes.
std::string json_quote(std::string_view text);

}  // namespace agent
