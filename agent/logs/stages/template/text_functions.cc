// Texts: Promtail's own functions, and sprig's of the same kind.
#include <algorithm>

#include "agent/base/strings.h"
#include "agent/logs/stages/template/functions.h"
#include "agent/logs/stages/template/print.h"
#include "agent/logs/stages/template/runtime.h"
#include "agent/logs/stages/template/text.h"
#include "agent/logs/stages/template/utf8.h"
#include "agent/relabel/case_map.h"

namespace agent::logs::templates {
namespace {

constexpr std::string_view kOutOfRange = "the place is out of range";

bool is_ascii(std::string_view text) {
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

// The usual line is ASCII: mapped byte by byte, straight into the run's memory.
template <char First, char Last>
Value map_ascii(Runtime& run, std::string_view text) {
  char* out = run.memory().array<char>(text.size());
  if (out == nullptr) return run.fail(kTooLarge);
  std::transform(text.begin(), text.end(), out,
                 [](char c) { return c >= First && c <= Last ? static_cast<char>(c ^ 0x20) : c; });
  return Value::of(std::string_view(out, text.size()));
}

bool has_rune(std::string_view set, char32_t code) {
  while (!set.empty()) {
    const Rune rune = decode_rune(set);
    if (rune.code == code) return true;
    set.remove_prefix(rune.length);
  }
  return false;
}

// The last character of `text`.
Rune last_rune(std::string_view text) {
  for (std::size_t length = std::min<std::size_t>(4, text.size()); length > 1; --length) {
    const Rune rune = decode_rune(text.substr(text.size() - length));
    if (rune.length == length) return rune;
  }
  return decode_rune(text.substr(text.size() - 1));
}

std::string_view trim_left(std::string_view text, std::string_view set) {
  while (!text.empty()) {
    const Rune rune = decode_rune(text);
    if (!has_rune(set, rune.code)) break;
    text.remove_prefix(rune.length);
  }
  return text;
}

std::string_view trim_right(std::string_view text, std::string_view set) {
  while (!text.empty()) {
    const Rune rune = last_rune(text);
    if (!has_rune(set, rune.code)) break;
    text.remove_suffix(rune.length);
  }
  return text;
}

std::string_view trim_both(std::string_view text, std::string_view set) {
  return trim_right(trim_left(text, set), set);
}

std::string_view without_prefix(std::string_view text, std::string_view prefix) {
  return text.starts_with(prefix) ? text.substr(prefix.size()) : text;
}

std::string_view without_suffix(std::string_view text, std::string_view suffix) {
  return text.ends_with(suffix) ? text.substr(0, text.size() - suffix.size()) : text;
}

// A function of one text that gives a part of it.
template <std::string_view (*Part)(std::string_view)>
Value part_of(Runtime& /*run*/, Arguments arguments) {
  return Value::of(Part(arguments[0].text()));
}

// Promtail's order: the text first.
template <std::string_view (*Part)(std::string_view, std::string_view)>
Value part_of_first(Runtime& /*run*/, Arguments arguments) {
  return Value::of(Part(arguments[0].text(), arguments[1].text()));
}

// Sprig's order: the text last.
template <std::string_view (*Part)(std::string_view, std::string_view)>
Value part_of_last(Runtime& /*run*/, Arguments arguments) {
  return Value::of(Part(arguments[1].text(), arguments[0].text()));
}

Value lower(Runtime& run, Arguments arguments) { return lower_text(run, arguments[0].text()); }
Value upper(Runtime& run, Arguments arguments) { return upper_text(run, arguments[0].text()); }

// A character begins a word where the one before separates: anything ASCII but letters, digits and
// _, blanks elsewhere.
bool separates(char32_t code) {
  if (code >= 0x80) return is_space(code);
  const bool is_word = (code >= '0' && code <= '9') || (code >= 'a' && code <= 'z') ||
                       (code >= 'A' && code <= 'Z') || code == '_';
  return !is_word;
}

Value title(Runtime& run, Arguments arguments) {
  std::string& out = run.scratch();
  char32_t before = ' ';
  for (std::string_view text = arguments[0].text(); !text.empty();) {
    const Rune rune = decode_rune(text);
    append_rune(out, separates(before) ? upper_rune(rune.code) : rune.code);
    before = rune.code;
    text.remove_prefix(rune.length);
  }
  return run.text(out);
}

Value replace_first(Runtime& run, Arguments arguments) {
  return replace_text(run, arguments[0].text(), arguments[1].text(), arguments[2].text(),
                      arguments[3].integer());
}

Value replace(Runtime& run, Arguments arguments) {
  return replace_text(run, arguments[2].text(), arguments[0].text(), arguments[1].text(), -1);
}

Value contains(Runtime& /*run*/, Arguments arguments) {
  return Value::of(arguments[1].text().find(arguments[0].text()) != std::string_view::npos);
}

Value has_prefix(Runtime& /*run*/, Arguments arguments) {
  return Value::of(arguments[1].text().starts_with(arguments[0].text()));
}

Value has_suffix(Runtime& /*run*/, Arguments arguments) {
  return Value::of(arguments[1].text().ends_with(arguments[0].text()));
}

Value trunc(Runtime& /*run*/, Arguments arguments) {
  const std::int64_t count = arguments[0].integer();
  const std::string_view text = arguments[1].text();
  const auto size = static_cast<std::int64_t>(text.size());
  if (count < 0 && size + count > 0)
    return Value::of(text.substr(static_cast<std::size_t>(size + count)));
  if (count >= 0 && size > count) return Value::of(text.substr(0, static_cast<std::size_t>(count)));
  return arguments[1];
}

Value substr(Runtime& run, Arguments arguments) {
  std::int64_t start = arguments[0].integer();
  std::int64_t end = arguments[1].integer();
  const std::string_view text = arguments[2].text();
  const auto size = static_cast<std::int64_t>(text.size());
  if (start < 0) {
    start = 0;
  } else if (end < 0 || end > size) {
    end = size;
  }
  if (end < start || end > size) return run.fail(kOutOfRange);
  return Value::of(
      text.substr(static_cast<std::size_t>(start), static_cast<std::size_t>(end - start)));
}

Value repeat(Runtime& run, Arguments arguments) {
  const std::int64_t count = arguments[0].integer();
  const std::string_view text = arguments[1].text();
  if (count < 0) return run.fail("a negative count");
  if (text.empty() || count == 0) return Value::of(std::string_view());
  if (static_cast<std::uint64_t>(count) > kMaxTextBytes / text.size()) return run.fail(kTooLarge);
  std::string& out = run.scratch();
  for (std::int64_t i = 0; i < count; ++i)
    out += text;
  return run.text(out);
}

Value to_string(Runtime& run, Arguments arguments) {
  const std::string_view text = text_of(run, arguments[0]);
  return run.failed() ? Value() : Value::of(text);
}

constexpr Function kFunctions[] = {
    {"Replace", "sssi", &replace_first},
    {"ToLower", "s", &lower},
    {"ToUpper", "s", &upper},
    {"Trim", "ss", &part_of_first<&trim_both>},
    {"TrimLeft", "ss", &part_of_first<&trim_left>},
    {"TrimPrefix", "ss", &part_of_first<&without_prefix>},
    {"TrimRight", "ss", &part_of_first<&trim_right>},
    {"TrimSpace", "s", &part_of<&trim_space>},
    {"TrimSuffix", "ss", &part_of_first<&without_suffix>},
    {"contains", "ss", &contains},
    {"hasPrefix", "ss", &has_prefix},
    {"hasSuffix", "ss", &has_suffix},
    {"lower", "s", &lower},
    {"repeat", "is", &repeat},
    {"replace", "sss", &replace},
    {"substr", "iis", &substr},
    {"title", "s", &title},
    {"toString", "v", &to_string},
    {"trim", "s", &part_of<&trim_space>},
    {"trimAll", "ss", &part_of_last<&trim_both>},
    {"trimPrefix", "ss", &part_of_last<&without_prefix>},
    {"trimSuffix", "ss", &part_of_last<&without_suffix>},
    {"trimall", "ss", &part_of_last<&trim_both>},
    {"trunc", "is", &trunc},
    {"upper", "s", &upper},
};

}  // namespace

Value lower_text(Runtime& run, std::string_view text) {
  if (is_ascii(text)) return map_ascii<'A', 'Z'>(run, text);
  return run.text(relabel::to_lower_unicode(replace_invalid_utf8(text)));
}

Value upper_text(Runtime& run, std::string_view text) {
  if (is_ascii(text)) return map_ascii<'a', 'z'>(run, text);
  return run.text(relabel::to_upper_unicode(replace_invalid_utf8(text)));
}

char32_t lower_rune(char32_t code) {
  if (code < 0x80) return code >= 'A' && code <= 'Z' ? code + 32 : code;
  std::string text;
  append_rune(text, code);
  return decode_rune(relabel::to_lower_unicode(text)).code;
}

char32_t upper_rune(char32_t code) {
  if (code < 0x80) return code >= 'a' && code <= 'z' ? code - 32 : code;
  std::string text;
  append_rune(text, code);
  return decode_rune(relabel::to_upper_unicode(text)).code;
}

Value replace_text(Runtime& run, std::string_view text, std::string_view from, std::string_view to,
                   std::int64_t most) {
  std::string& out = run.scratch();
  bool at_start = true;
  for (; most != 0; --most) {
    // Nothing is found in front of every character and at the end.
    const std::size_t at = from.empty() ? (at_start       ? 0
                                           : text.empty() ? std::string_view::npos
                                                          : decode_rune(text).length)
                                        : text.find(from);
    if (at == std::string_view::npos) break;
    out += text.substr(0, at);
    out += to;
    text.remove_prefix(at + from.size());
    at_start = false;
    if (out.size() > kMaxTextBytes) return run.fail(kTooLarge);
  }
  out += text;
  return run.text(out);
}

std::string_view text_of(Runtime& run, const Value& value) {
  if (value.is(Type::String)) return value.text();
  std::string& out = run.scratch();
  print_value(run, out, value);
  const Value text = run.text(out);
  return run.failed() ? std::string_view() : text.text();
}

std::span<const Function> text_functions() { return kFunctions; }

}  // namespace agent::logs::templates
