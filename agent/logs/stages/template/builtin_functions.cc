// What Go's text/template has by itself. `slice` is sprig's (list_functions.cc).
#include "agent/codec/loki_push.h"
#include "agent/logs/stages/template/functions.h"
#include "agent/logs/stages/template/print.h"
#include "agent/logs/stages/template/runtime.h"
#include "agent/logs/stages/template/utf8.h"

namespace agent::logs::templates {
namespace {

// What the escaping functions work on: one text, or all arguments printed.
std::string_view printed(Runtime& run, Arguments arguments) {
  if (arguments.size() == 1 && arguments[0].is(Type::String)) return arguments[0].text();
  auto* shown = run.memory().array<Value>(arguments.size());
  if (shown == nullptr) return run.fail(kTooLarge), std::string_view();
  for (std::size_t i = 0; i < arguments.size(); ++i)
    shown[i] = arguments[i].is_nothing() ? Value::of(kNoValue) : arguments[i];
  std::string& out = run.scratch();
  print_operands(run, out, {shown, arguments.size()});
  const Value text = run.text(out);
  return run.failed() ? std::string_view() : text.text();
}

Value html(Runtime& run, Arguments arguments) {
  const std::string_view text = printed(run, arguments);
  std::string& out = run.scratch();
  for (const char c : text) {
    switch (c) {
      case '\0':
        out += "\xEF\xBF\xBD";
        break;
      case '"':
        out += "&#34;";
        break;
      case '\'':
        out += "&#39;";
        break;
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      default:
        out += c;
    }
  }
  return run.text(out);
}

void append_js(std::string& out, std::string_view character, char32_t code) {
  if (code == '\\' || code == '\'' || code == '"') {
    out += '\\';
    out += static_cast<char>(code);
    return;
  }
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  std::string quoted;
  codec::append_go_quoted(quoted, character);
  const bool prints = quoted.size() == character.size() + 2 || code == 0xFFFD;
  if (prints && std::string_view("<>&=").find(static_cast<char>(code)) == std::string_view::npos) {
    append_rune(out, code);
    return;
  }
  out += "\\u";
  for (unsigned shift = code > 0xFFFF ? 20 : 12; shift != static_cast<unsigned>(-4); shift -= 4)
    out += kDigits[code >> shift & 15U];
}

Value js(Runtime& run, Arguments arguments) {
  std::string_view text = printed(run, arguments);
  std::string& out = run.scratch();
  while (!text.empty()) {
    const Rune rune = decode_rune(text);
    append_js(out, text.substr(0, rune.length), rune.code);
    text.remove_prefix(rune.length);
  }
  return run.text(out);
}

Value urlquery(Runtime& run, Arguments arguments) {
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  const std::string_view text = printed(run, arguments);
  std::string& out = run.scratch();
  for (const char c : text) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                       std::string_view("-_.~").find(c) != std::string_view::npos;
    if (plain || c == ' ') {
      out += c == ' ' ? '+' : c;
      continue;
    }
    const auto byte = static_cast<unsigned char>(c);
    out += '%';
    out += kDigits[byte >> 4U];
    out += kDigits[byte & 15U];
  }
  return run.text(out);
}

Value element(Runtime& run, const Value& item, const Value& index) {
  if (item.is_dict()) {
    if (!index.is(Type::String)) return run.fail("the index of a map is a text");
    if (const Value* found = item.dict().find(index.text())) return *found;
    return item.is(Type::StringDict) ? Value::of(std::string_view()) : Value::nil();
  }
  const bool is_text = item.is(Type::String);
  if (!is_text && !item.is_list()) return run.fail("this cannot be indexed");
  if (!index.is_integer()) return run.fail("the index of a list or a text is an integer");
  const std::size_t size = is_text ? item.text().size() : item.items().size();
  if (index.integer() < 0 || static_cast<std::uint64_t>(index.integer()) >= size)
    return run.fail("the index is out of range");
  const auto at = static_cast<std::size_t>(index.integer());
  if (!is_text) return item.items()[at];
  return Value::integer(static_cast<unsigned char>(item.text()[at]), Type::Uint8);
}

Value index(Runtime& run, Arguments arguments) {
  Value item = arguments[0];
  if (item.is_nothing()) return run.fail("index of nil");
  for (const Value& step : arguments.subspan(1)) {
    item = element(run, item, step);
    if (run.failed()) return {};
  }
  return item;
}

Value length(Runtime& run, Arguments arguments) {
  const Value& item = arguments[0];
  std::size_t size = 0;
  if (item.is(Type::String)) {
    size = item.text().size();
  } else if (item.is_list()) {
    size = item.items().size();
  } else if (item.is_dict()) {
    size = item.dict().size;
  } else {
    return run.fail("this has no length");
  }
  return Value::integer(static_cast<std::int64_t>(size));
}

Value print(Runtime& run, Arguments arguments) {
  std::string& out = run.scratch();
  print_operands(run, out, arguments);
  return run.text(out);
}

Value println(Runtime& run, Arguments arguments) {
  std::string& out = run.scratch();
  print_line(run, out, arguments);
  return run.text(out);
}

Value printf(Runtime& run, Arguments arguments) {
  std::string& out = run.scratch();
  print_formatted(run, out, arguments[0].text(), arguments.subspan(1));
  return run.text(out);
}

Value logical_not(Runtime& /*run*/, Arguments arguments) {
  return Value::of(!is_true(arguments[0]));
}

Value call(Runtime& run, Arguments /*arguments*/) {
  return run.fail("there are no functions among the values of a line");
}

constexpr Function kFunctions[] = {
    {"call", "vv*", &call},      {"html", "v*", &html},
    {"index", "vv*", &index},    {"js", "v*", &js},
    {"len", "v", &length},       {"not", "v", &logical_not},
    {"print", "v*", &print},     {"printf", "sv*", &printf},
    {"println", "v*", &println}, {"urlquery", "v*", &urlquery},
};

}  // namespace

std::span<const Function> builtin_functions() { return kFunctions; }

}  // namespace agent::logs::templates
