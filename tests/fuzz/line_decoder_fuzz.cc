// Bytes in any encoding: what comes out is UTF-8 and no larger than three times what went in.
#include <cstdint>
#include <string>
#include <string_view>

#include "agent/base/strings.h"
#include "agent/logs/tail/text_encoding.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  constexpr const char* kEncodings[] = {"utf-8",       "utf-16",       "utf-16le", "utf-32",
                                        "iso-2022-jp", "windows-1255", "big5",     "gb18030",
                                        "shift_jis",   "euc-jp",       "ibm037",   "iso-2022-kr"};
  if (size == 0) return 0;
  agent::selfmon::Counter replaced;
  const auto encoding =
      agent::logs::TextEncoding::open(kEncodings[data[0] % std::size(kEncodings)], replaced);
  if (!encoding) return 0;
  std::string_view text(reinterpret_cast<const char*>(data + 1), size - 1);
  const auto choice = (*encoding)->choose(text.substr(0, agent::logs::TextEncoding::kLongestMark));
  if (choice.decoder == nullptr) return 0;
  text.remove_prefix(choice.mark_bytes);
  agent::model::Arena arena;
  while (!text.empty()) {
    const std::size_t newline = choice.decoder->find_newline(text);
    const std::string_view line = text.substr(0, newline);
    for (const auto end :
         {agent::logs::LineDecoder::End::Whole, agent::logs::LineDecoder::End::Cut}) {
      const std::string_view decoded = choice.decoder->decode(line, arena, end);
      if (!agent::is_valid_utf8(decoded) || decoded.size() > line.size() * 3 + 3) __builtin_trap();
    }
    if (newline == std::string_view::npos) break;
    text.remove_prefix(newline + choice.decoder->unit_bytes());
  }
  return 0;
}
