// Regular expressions inside of templates.
#include <algorithm>
#include <array>

#include "agent/logs/stages/template/functions.h"
#include "agent/logs/stages/template/runtime.h"

namespace agent::logs::templates {
namespace {

// Whole match and groups that a replacement can name; Pattern reports no more.
constexpr std::size_t kMaxGroups = 64;

constexpr std::string_view kNoPattern = "this is no regular expression";

// The expression that `text` is; null and a failure where it is none.
const Pattern* compiled(Runtime& run, const Value& text, std::string_view subject) {
  if (!run.step_over(subject)) return nullptr;
  const Pattern* out = run.pattern(text.text());
  if (out == nullptr) run.fail(kNoPattern);
  return out;
}

// An expression that is none matches nothing, without an error.
Value regex_match(Runtime& run, Arguments arguments) {
  if (!run.step_over(arguments[1].text())) return {};
  const Pattern* pattern = run.pattern(arguments[0].text());
  return Value::of(pattern != nullptr && pattern->matches(arguments[1].text()));
}

Value must_regex_match(Runtime& run, Arguments arguments) {
  const Pattern* pattern = compiled(run, arguments[0], arguments[1].text());
  return pattern == nullptr ? Value() : Value::of(pattern->matches(arguments[1].text()));
}

Value regex_find(Runtime& run, Arguments arguments) {
  const Pattern* pattern = compiled(run, arguments[0], arguments[1].text());
  if (pattern == nullptr) return {};
  std::string_view match;
  return Value::of(pattern->find(arguments[1].text(), {&match, 1}) ? match : std::string_view());
}

Value regex_find_all(Runtime& run, Arguments arguments) {
  const std::string_view text = placed(arguments[1].text());
  const Pattern* pattern = compiled(run, arguments[0], text);
  if (pattern == nullptr) return {};
  std::vector<Value>& out = run.items();
  std::string_view match;
  Matches matches(*pattern, text, {&match, 1});
  for (std::int64_t left = arguments[2].integer(); left != 0 && matches.next(); --left) {
    if (!run.step()) return {};
    out.push_back(Value::of(match));
  }
  return run.list(Type::StringList);
}

// The texts between matches, at most so many; an empty match at the very start or end splits
// nothing off.
Value regex_split(Runtime& run, Arguments arguments) {
  const std::string_view text = placed(arguments[1].text());
  const std::int64_t most = arguments[2].integer();
  const Pattern* pattern = compiled(run, arguments[0], text);
  if (pattern == nullptr) return {};
  std::vector<Value>& out = run.items();
  if (most == 0) return run.list(Type::StringList);
  std::string_view match;
  Matches matches(*pattern, text, {&match, 1});
  std::size_t begin = 0;
  std::size_t end = 0;
  const bool is_empty = text.empty() && !arguments[0].text().empty();
  while (!is_empty && (most < 0 || static_cast<std::int64_t>(out.size()) < most - 1) &&
         matches.next()) {
    if (!run.step()) return {};
    const auto at = static_cast<std::size_t>(match.data() - text.data());
    end = at;
    if (at + match.size() != 0) out.push_back(Value::of(text.substr(begin, end - begin)));
    begin = at + match.size();
  }
  if (is_empty || end != text.size()) out.push_back(Value::of(text.substr(begin)));
  return run.list(Type::StringList);
}

Value regex_quote_meta(Runtime& run, Arguments arguments) {
  std::string& out = run.scratch();
  for (const char c : arguments[0].text()) {
    if (std::string_view("\\.+*?()|[]{}^$").find(c) != std::string_view::npos) out += '\\';
    out += c;
  }
  return run.text(out);
}

bool is_word(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
         static_cast<unsigned char>(c) >= 0x80;
}

// The name behind a $; takes it off `rest`. "" where there is none: the $ stands for itself.
std::string_view take_reference(std::string_view& rest) {
  const bool braces = rest.starts_with('{');
  std::string_view name = rest.substr(braces ? 1 : 0);
  std::size_t length = 0;
  while (length < name.size() && is_word(name[length]))
    ++length;
  if (length == 0 || (braces && (length == name.size() || name[length] != '}'))) return {};
  rest.remove_prefix(length + (braces ? 2 : 0));
  return name.substr(0, length);
}

std::string_view group_of(const Pattern& pattern, std::span<const std::string_view> groups,
                          std::string_view name) {
  const bool is_number =
      std::all_of(name.begin(), name.end(), [](char c) { return c >= '0' && c <= '9'; });
  const bool has_leading_zero = name.size() > 1 && name[0] == '0';
  if (is_number && !has_leading_zero) {
    if (name.size() > 3) return {};
    const auto index = static_cast<std::size_t>(std::stoi(std::string(name)));
    return index < groups.size() ? groups[index] : std::string_view();
  }
  const auto& names = pattern.group_names();
  for (std::size_t i = 0; i < names.size() && i + 1 < groups.size(); ++i)
    if (names[i] == name && groups[i + 1].data() != nullptr) return groups[i + 1];
  return {};
}

// $1, ${1}, $name, ${name}, $$; the longest name counts.
void expand(std::string& out, std::string_view replacement, const Pattern& pattern,
            std::span<const std::string_view> groups) {
  while (!replacement.empty()) {
    const std::size_t dollar = std::min(replacement.find('$'), replacement.size());
    out += replacement.substr(0, dollar);
    replacement.remove_prefix(dollar);
    if (replacement.empty()) return;
    replacement.remove_prefix(1);
    if (replacement.starts_with('$')) {
      out += '$';
      replacement.remove_prefix(1);
      continue;
    }
    const std::string_view name = take_reference(replacement);
    if (name.empty()) {
      out += '$';
    } else {
      out += group_of(pattern, groups, name);
    }
  }
}

Value replace_all(Runtime& run, Arguments arguments, bool expands) {
  const std::string_view text = placed(arguments[1].text());
  const std::string_view replacement = arguments[2].text();
  const Pattern* pattern = compiled(run, arguments[0], text);
  if (pattern == nullptr) return {};
  std::array<std::string_view, kMaxGroups> room;
  const auto groups = std::span(room).first(
      expands ? std::min(kMaxGroups, static_cast<std::size_t>(pattern->group_count()) + 1) : 1);
  Matches matches(*pattern, text, groups);
  std::string& out = run.scratch();
  std::size_t done = 0;
  while (matches.next()) {
    const auto at = static_cast<std::size_t>(groups[0].data() - text.data());
    out += text.substr(done, at - done);
    done = at + groups[0].size();
    if (expands) {
      expand(out, replacement, *pattern, groups);
    } else {
      out += replacement;
    }
    if (out.size() > kMaxTextBytes) return run.fail(kTooLarge);
    if (!run.step()) return {};
  }
  out += text.substr(done);
  return run.text(out);
}

Value regex_replace_all(Runtime& run, Arguments arguments) {
  return replace_all(run, arguments, true);
}

Value regex_replace_all_literal(Runtime& run, Arguments arguments) {
  return replace_all(run, arguments, false);
}

constexpr Function kFunctions[] = {
    {"mustRegexFind", "ss", &regex_find},
    {"mustRegexFindAll", "ssi", &regex_find_all},
    {"mustRegexMatch", "ss", &must_regex_match},
    {"mustRegexReplaceAll", "sss", &regex_replace_all},
    {"mustRegexReplaceAllLiteral", "sss", &regex_replace_all_literal},
    {"mustRegexSplit", "ssi", &regex_split},
    {"regexFind", "ss", &regex_find},
    {"regexFindAll", "ssi", &regex_find_all},
    {"regexMatch", "ss", &regex_match},
    {"regexQuoteMeta", "s", &regex_quote_meta},
    {"regexReplaceAll", "sss", &regex_replace_all},
    {"regexReplaceAllLiteral", "sss", &regex_replace_all_literal},
    {"regexSplit", "ssi", &regex_split},
};

}  // namespace

std::span<const Function> regex_functions() { return kFunctions; }

}  // namespace agent::logs::templates
