#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "agent/base/result.h"

namespace agent::logs::templates {

/// A place in the text of a template; both count from 1, columns in bytes.
struct Place {
  std::uint32_t line = 1;
  std::uint32_t column = 1;
};

enum class TokenKind : std::uint8_t {
  End,  ///< of the whole text
  Text,
  LeftDelimiter,
  RightDelimiter,
  Space,
  Identifier,
  Field,     ///< .name
  Dot,       ///< . alone
  Variable,  ///< $ or $name
  Quoted,    ///< in double quotes, with them
  RawText,   ///< in backticks, with them
  Rune,      ///< in single quotes, with them
  Number,
  Pipe,
  LeftParen,
  RightParen,
  Assign,
  Declare,
  Comma,
  Other,  ///< a character that has no meaning
};

struct Token {
  TokenKind kind = TokenKind::End;
  std::string_view text;
  Place place;
};

/// Takes a template apart; trims around {{- and -}}, leaves comments out. The last token is End.
/// Errors: Config, "LINE:COLUMN: what". The tokens point into `text`.
Result<std::vector<Token>> tokenize(std::string_view text);

/// "1:12: message" as an error of kind Config.
Error error_at(const Place& place, const std::string& message);

}  // namespace agent::logs::templates
