#include "agent/relabel/regex.h"

#include <string>

#include <re2/re2.h>

namespace agent::relabel {
namespace {

// Go also reads (?<name>..), which this RE2 knows only as (?P<name>..).
std::string with_python_group_names(std::string_view pattern) {
  std::string out;
  bool in_class = false;
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    const std::string_view rest = pattern.substr(i);
    if (rest.substr(0, 2) == "\\Q") {
      const std::size_t end = rest.find("\\E");
      out += rest.substr(0, end);
      if (end == std::string_view::npos) break;
      i += end - 1;
    } else if (rest[0] == '\\' && rest.size() > 1) {
      out += rest.substr(0, 2);
      ++i;
    } else if (!in_class && rest.substr(0, 3) == "(?<") {
      out += "(?P<";
      i += 2;
    } else {
      if (rest[0] == '[') in_class = true;
      if (rest[0] == ']') in_class = false;
      out += rest[0];
    }
  }
  return out;
}

Result<Regex> compile(const std::string& pattern) {
  RE2::Options options(RE2::Quiet);
  auto regex = std::make_unique<RE2>(with_python_group_names(pattern), options);
  if (!regex->ok())
    return Error{ErrorKind::Config, "the regular expression does not compile: " + regex->error()};
  return regex;
}

}  // namespace

Result<Regex> compile_anchored(std::string_view pattern) {
  // First on its own, so that a message speaks of what the user wrote.
  if (const auto alone = compile(std::string(pattern)); !alone) return alone.error();
  return compile("^(?s:" + std::string(pattern) + ")$");
}

Result<Regex> compile_unanchored(std::string_view pattern) { return compile(std::string(pattern)); }

bool matches(const RE2& regex, std::string_view text) {
  return regex.Match({text.data(), text.size()}, 0, text.size(), RE2::UNANCHORED, nullptr, 0);
}

}  // namespace agent::relabel
