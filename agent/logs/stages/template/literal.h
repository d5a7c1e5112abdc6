#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "agent/logs/stages/template/node.h"

namespace agent::logs::templates {

/// What a text in double quotes (with Go's escapes) or in backticks says; nullopt: malformed.
std::optional<std::string> unquote(std::string_view quoted);
/// 'x' and its escapes as a number.
std::optional<Number> parse_rune(std::string_view quoted);
/// A number as Go writes it: 12, -0x1f, 0b11, 1_000, 1.5e3, 0x1p-2.
std::optional<Number> parse_number(std::string_view text);

/// Go's strconv.ParseInt(text, 0, 64): the prefix tells the base. nullopt: malformed or too large.
std::optional<std::int64_t> parse_integer(std::string_view text);
/// Go's strconv.ParseFloat(text, 64); nullopt: malformed or too large.
std::optional<double> parse_double(std::string_view text);

}  // namespace agent::logs::templates
