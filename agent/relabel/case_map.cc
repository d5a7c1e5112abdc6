#include "agent/relabel/case_map.h"

#include <algorithm>
#include <span>

#include "agent/base/strings.h"
#include "agent/relabel/case_table.h"

namespace agent::relabel {
namespace {

char32_t mapped(char32_t code, std::span<const CaseRange> table) {
  const auto after =
      std::upper_bound(table.begin(), table.end(), code,
                       [](char32_t key, const CaseRange& range) { return key < range.first; });
  if (after == table.begin()) return code;
  const CaseRange& range = *(after - 1);
  if (code > range.last || (code - range.first) % static_cast<char32_t>(range.step) != 0)
    return code;
  return static_cast<char32_t>(static_cast<std::int32_t>(code) + range.delta);
}

// Length of the sequence that a leading byte announces.
std::size_t sequence_length(unsigned char lead) {
  if (lead < 0x80) return 1;
  if (lead < 0xE0) return 2;
  return lead < 0xF0 ? 3 : 4;
}

char32_t decode(std::string_view sequence) {
  if (sequence.size() == 1) return static_cast<unsigned char>(sequence[0]);
  char32_t code = static_cast<unsigned char>(sequence[0]) & (0x7FU >> sequence.size());
  for (const char c : sequence.substr(1))
    code = code << 6U | (static_cast<unsigned char>(c) & 0x3FU);
  return code;
}

void append_utf8(std::string& out, char32_t code) {
  const auto put = [&out](char32_t byte) { out += static_cast<char>(byte); };
  if (code < 0x80) return put(code);
  if (code < 0x800) {
    put(0xC0U | code >> 6U);
  } else {
    if (code < 0x10000) {
      put(0xE0U | code >> 12U);
    } else {
      put(0xF0U | code >> 18U);
      put(0x80U | (code >> 12U & 0x3FU));
    }
    put(0x80U | (code >> 6U & 0x3FU));
  }
  put(0x80U | (code & 0x3FU));
}

// `ascii` maps the ASCII part; `table` the rest.
std::string map_text(std::string_view text, std::string (*ascii)(std::string_view),
                     std::span<const CaseRange> table) {
  const auto is_ascii = [](char c) { return static_cast<unsigned char>(c) < 0x80; };
  if (std::all_of(text.begin(), text.end(), is_ascii)) return ascii(text);
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    const auto size = std::min(sequence_length(static_cast<unsigned char>(text[0])), text.size());
    const std::string_view sequence = text.substr(0, size);
    if (size == 1) {
      out += ascii(sequence);
    } else if (is_valid_utf8(sequence)) {
      append_utf8(out, mapped(decode(sequence), table));
    } else {
      out += text[0];
      text.remove_prefix(1);
      continue;
    }
    text.remove_prefix(size);
  }
  return out;
}

}  // namespace

std::string to_lower_unicode(std::string_view text) { return map_text(text, &to_lower, kToLower); }
std::string to_upper_unicode(std::string_view text) { return map_text(text, &to_upper, kToUpper); }

}  // namespace agent::relabel
