#include "agent/codec/go_text.h"

#include <charconv>

namespace agent::codec {
namespace {

void append_rune(std::string& out, unsigned code) {
  const auto put = [&out](unsigned byte) { out += static_cast<char>(byte); };
  if (code < 0x80U) return put(code);
  if (code < 0x800U) {
    put(0xC0U | (code >> 6U));
  } else {
    if (code < 0x10000U) {
      put(0xE0U | (code >> 12U));
    } else {
      put(0xF0U | (code >> 18U));
      put(0x80U | ((code >> 12U) & 0x3FU));
    }
    put(0x80U | ((code >> 6U) & 0x3FU));
  }
  put(0x80U | (code & 0x3FU));
}

// The number of \ooo, \xHH, \uHHHH or \UHHHHHHHH at text[at], behind its letter.
bool append_number(std::string_view text, std::size_t& at, char letter, std::string& out) {
  const bool octal = letter >= '0' && letter <= '7';
  const std::size_t digits = letter == 'x' ? 2 : letter == 'u' ? 4 : letter == 'U' ? 8 : 3;
  if (octal) --at;
  if (text.size() - at < digits) return false;
  unsigned code = 0;
  const char* first = text.data() + at;
  const auto parsed = std::from_chars(first, first + digits, code, octal ? 8 : 16);
  if (parsed.ptr != first + digits || parsed.ec != std::errc()) return false;
  at += digits;
  if (octal || letter == 'x') {
    out += static_cast<char>(code);
    return code <= 0xFFU;
  }
  if (code > 0x10FFFFU || (code >= 0xD800U && code <= 0xDFFFU)) return false;
  append_rune(out, code);
  return true;
}

// One Go escape behind the backslash at text[at]; moves `at` past it. False: no such escape.
bool append_escape(std::string_view text, char quote, std::size_t& at, std::string& out) {
  constexpr std::string_view kLetters = "abfnrtv\\";
  constexpr std::string_view kMeanings = "\a\b\f\n\r\t\v\\";
  ++at;
  if (at >= text.size()) return false;
  const char letter = text[at++];
  if (letter == quote) {
    out += letter;
    return true;
  }
  if (const auto which = kLetters.find(letter); which != std::string_view::npos) {
    out += kMeanings[which];
    return true;
  }
  constexpr std::string_view kNumbers = "01234567xuU";
  return kNumbers.find(letter) != std::string_view::npos && append_number(text, at, letter, out);
}

}  // namespace

Status read_go_text(std::string_view text, std::size_t& at, std::string& out) {
  const char quote = at < text.size() ? text[at] : '\0';
  if (quote != '"' && quote != '`' && quote != '\'')
    return Error{ErrorKind::Input, "a text in quotes is asked here"};
  const bool raw = quote == '`';
  const std::size_t start = at++;
  while (at < text.size() && text[at] != quote && (raw || text[at] != '\n')) {
    const std::size_t here = at;
    if (raw || text[at] != '\\') {
      out += text[at++];
    } else if (!append_escape(text, quote, at, out)) {
      at = here;
      return Error{ErrorKind::Input, "there is no such escape"};
    }
  }
  if (at >= text.size() || text[at] != quote) {
    at = start;
    return Error{ErrorKind::Input, "this text has no closing quote"};
  }
  ++at;
  return {};
}

}  // namespace agent::codec
