#pragma once
#include <string>
#include <string_view>

#include "agent/logs/stages/template/functions.h"

namespace agent::logs::templates {

/// Unicode case mapping as Go does it; bytes that are no UTF-8 become U+FFFD once one other
/// character is not ASCII.
Value lower_text(Runtime& run, std::string_view text);
Value upper_text(Runtime& run, std::string_view text);
/// Of one character.
char32_t lower_rune(char32_t code);
char32_t upper_rune(char32_t code);

/// Go's strings.Replace; a negative `most` means all.
Value replace_text(Runtime& run, std::string_view text, std::string_view from, std::string_view to,
                   std::int64_t most);
/// The text of a value as sprig takes it (strval): texts as they are, all else printed. The view is
/// good until the end of the run.
std::string_view text_of(Runtime& run, const Value& value);

}  // namespace agent::logs::templates
