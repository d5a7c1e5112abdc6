#include "agent/logs/stages/template/utf8.h"

#include <algorithm>

namespace agent::logs::templates {

Rune decode_rune(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char lead = byte(0);
  if (lead < 0x80) return {lead, 1};
  const std::size_t length = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : lead >= 0xC2 ? 2 : 0;
  if (length == 0 || text.size() < length) return {};
  char32_t code = lead & (0x7FU >> length);
  for (std::size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xC0U) != 0x80U) return {};
    code = code << 6U | (byte(i) & 0x3FU);
  }
  constexpr char32_t kLeast[] = {0, 0, 0x80, 0x800, 0x10000};
  if (code < kLeast[length] || (code >= 0xD800 && code <= 0xDFFF) || code > 0x10FFFF) return {};
  return {code, length};
}

void append_rune(std::string& out, char32_t code) {
  if (code > 0x10FFFF || (code >= 0xD800 && code <= 0xDFFF)) code = 0xFFFD;
  const auto put = [&out](char32_t byte) { out += static_cast<char>(byte); };
  const auto put_tail = [&put](char32_t bits) { put(0x80U | (bits & 0x3FU)); };
  if (code < 0x80) {
    put(code);
  } else if (code < 0x800) {
    put(0xC0U | code >> 6U);
    put_tail(code);
  } else if (code < 0x10000) {
    put(0xE0U | code >> 12U);
    put_tail(code >> 6U);
    put_tail(code);
  } else {
    put(0xF0U | code >> 18U);
    put_tail(code >> 12U);
    put_tail(code >> 6U);
    put_tail(code);
  }
}

std::size_t count_runes(std::string_view text) {
  std::size_t out = 0;
  for (; !text.empty(); ++out)
    text.remove_prefix(decode_rune(text).length);
  return out;
}

bool is_space(char32_t code) {
  if (code < 0x80) return code == ' ' || (code >= '\t' && code <= '\r');
  constexpr char32_t kOthers[] = {0x85, 0xA0, 0x1680, 0x2028, 0x2029, 0x202F, 0x205F, 0x3000};
  if (code >= 0x2000 && code <= 0x200A) return true;
  return std::find(std::begin(kOthers), std::end(kOthers), code) != std::end(kOthers);
}

std::string_view trim_space(std::string_view text) {
  while (!text.empty()) {
    const Rune rune = decode_rune(text);
    if (!is_space(rune.code)) break;
    text.remove_prefix(rune.length);
  }
  while (!text.empty()) {
    std::size_t start = text.size() - 1;
    while (start > 0 && text.size() - start < 4 &&
           (static_cast<unsigned char>(text[start]) & 0xC0U) == 0x80U)
      --start;
    const Rune rune = decode_rune(text.substr(start));
    if (rune.length != text.size() - start || !is_space(rune.code)) break;
    text = text.substr(0, start);
  }
  return text;
}

}  // namespace agent::logs::templates
