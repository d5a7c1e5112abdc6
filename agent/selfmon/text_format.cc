#include "agent/selfmon/text_format.h"

#include <charconv>
#include <cmath>
#include <cstdint>

namespace agent::selfmon {
namespace {

// Backslashes, newlines and, in label values, quotes are escaped.
void append_escaped(std::string& out, std::string_view text, bool escapes_quotes) {
  for (const char c : text) {
    if (c == '\\' || (c == '"' && escapes_quotes)) out += '\\';
    if (c == '\n') {
      out += "\\n";
    } else {
      out += c;
    }
  }
}

}  // namespace

std::string number_text(double value) {
  if (value != value) return "NaN";
  if (value - value != 0) return value > 0 ? "+Inf" : "-Inf";
  constexpr double kExact = 9007199254740992.0;  // whole numbers below it have no exponent
  if (value > -kExact && value < kExact && value == std::trunc(value))
    return std::to_string(static_cast<std::int64_t>(value));
  char out[40];
  const auto end = std::to_chars(out, out + sizeof out, value);
  return {out, end.ptr};
}

std::string label_text(const model::LabelSet& labels, std::string_view extra_name,
                       std::string_view extra_value) {
  std::string out;
  const auto add = [&](std::string_view name, std::string_view value) {
    out += out.empty() ? "{" : ",";
    out += name;
    out += "=\"";
    append_escaped(out, value, true);
    out += '"';
  };
  for (const auto& label : labels)
    add(label.name, label.value);
  if (!extra_name.empty()) add(extra_name, extra_value);
  return out.empty() ? out : out + "}";
}

std::string family_head(std::string_view name, std::string_view help, std::string_view type) {
  std::string out;
  if (!help.empty()) {
    out += "# HELP ";
    out += name;
    out += ' ';
    append_escaped(out, help, false);
    out += '\n';
  }
  out += "# TYPE ";
  out += name;
  out += ' ';
  out += type;
  return out + "\n";
}

}  // namespace agent::selfmon
