#pragma once
#include <string>
#include <string_view>

#include "agent/logs/stages/template/functions.h"

namespace agent::logs::templates {

/// What a missing value prints as.
inline constexpr std::string_view kNoValue = "<no value>";

/// Appends `value` as Go's %v does. Nested too deep, or too large: the run fails.
void print_value(Runtime& run, std::string& out, const Value& value);

/// Go's fmt.Sprintf, with its notes on what does not fit ("%!d(string=x)"). `%#v` prints as `%v`.
void print_formatted(Runtime& run, std::string& out, std::string_view format, Arguments arguments);

/// Go's fmt.Sprint: a blank between two operands of which none is a text. Sprintln: between all.
void print_operands(Runtime& run, std::string& out, Arguments arguments);
void print_line(Runtime& run, std::string& out, Arguments arguments);

/// A number as Go's strconv.FormatFloat writes it; `verb` is one of e E f F g G, a negative
/// precision means the shortest text that reads back.
void append_float(std::string& out, double value, char verb, int precision);

}  // namespace agent::logs::templates
