// Defaults, types, and what comes from outside of the line.
#include <array>
#include <cstdlib>

#include "agent/logs/stages/template/functions.h"
#include "agent/logs/stages/template/runtime.h"

namespace agent::logs::templates {
namespace {

Value default_value(Runtime& /*run*/, Arguments arguments) {
  const bool is_given = arguments.size() > 1 && is_true(arguments[1]);
  return is_given ? arguments[1] : arguments[0];
}

Value empty(Runtime& /*run*/, Arguments arguments) { return Value::of(!is_true(arguments[0])); }

Value coalesce(Runtime& /*run*/, Arguments arguments) {
  for (const Value& value : arguments)
    if (is_true(value)) return value;
  return Value::nil();
}

Value all(Runtime& /*run*/, Arguments arguments) {
  return Value::of(std::all_of(arguments.begin(), arguments.end(), &is_true));
}

Value any(Runtime& /*run*/, Arguments arguments) {
  return Value::of(std::any_of(arguments.begin(), arguments.end(), &is_true));
}

Value ternary(Runtime& /*run*/, Arguments arguments) {
  return arguments[2].boolean() ? arguments[0] : arguments[1];
}

Value fail(Runtime& run, Arguments arguments) { return run.fail(arguments[0].text()); }

Value hello(Runtime& /*run*/, Arguments /*arguments*/) {
  return Value::of(std::string_view("Hello!"));
}

Value type_of(Runtime& /*run*/, Arguments arguments) {
  return Value::of(type_name(arguments[0].type()));
}

Value kind_of(Runtime& /*run*/, Arguments arguments) {
  return Value::of(kind_name(arguments[0].type()));
}

Value type_is(Runtime& /*run*/, Arguments arguments) {
  return Value::of(arguments[0].text() == type_name(arguments[1].type()));
}

Value kind_is(Runtime& /*run*/, Arguments arguments) {
  return Value::of(arguments[0].text() == kind_name(arguments[1].type()));
}

std::string_view variable(std::string_view name) {
  // NOLINTNEXTLINE(concurrency-mt-unsafe): nothing in this process changes its environment
  const char* value = std::getenv(std::string(name).c_str());
  return value == nullptr ? std::string_view() : value;
}

Value env(Runtime& run, Arguments arguments) { return run.text(variable(arguments[0].text())); }

bool is_word(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

// The name behind a $, and how much of `text` it takes; 0: there is none.
std::string_view name_of(std::string_view text, std::size_t& length) {
  constexpr std::string_view kSpecial = "*#$@!?-0123456789";
  length = 0;
  if (text.empty()) return {};
  if (text[0] == '{') {
    const std::size_t end = text.find('}');
    // ${ without an end, and ${} give nothing and go.
    length = end == std::string_view::npos ? 1 : end + 1;
    return end == std::string_view::npos ? std::string_view() : text.substr(1, end - 1);
  }
  if (kSpecial.find(text[0]) != std::string_view::npos) {
    length = 1;
  } else {
    while (length < text.size() && is_word(text[length]))
      ++length;
  }
  return text.substr(0, length);
}

Value expandenv(Runtime& run, Arguments arguments) {
  std::string_view text = arguments[0].text();
  std::string& out = run.scratch();
  while (!text.empty()) {
    const std::size_t dollar = std::min(text.find('$'), text.size());
    out += text.substr(0, dollar);
    text.remove_prefix(dollar);
    if (text.empty()) break;
    std::size_t length = 0;
    const std::string_view name = name_of(text.substr(1), length);
    if (length == 0) out += '$';
    out += variable(name);
    text.remove_prefix(1 + length);
    if (out.size() > kMaxTextBytes) return run.fail(kTooLarge);
  }
  return run.text(out);
}

// Version 4: all random but for six bits. Spec: RFC 9562, 5.4.
Value uuidv4(Runtime& run, Arguments /*arguments*/) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  const std::uint64_t high = (run.random().next() & ~0xF000ULL) | 0x4000ULL;
  const std::uint64_t low = (run.random().next() & ~(3ULL << 62U)) | 1ULL << 63U;
  std::string& out = run.scratch();
  for (unsigned i = 0; i < 32; ++i) {
    if (i == 8 || i == 12 || i == 16 || i == 20) out += '-';
    out += kDigits[(i < 16 ? high : low) >> (60 - i % 16 * 4) & 15U];
  }
  return run.text(out);
}

constexpr Function kFunctions[] = {
    {"all", "v*", &all},
    {"any", "v*", &any},
    {"coalesce", "v*", &coalesce},
    {"default", "vv*", &default_value},
    {"empty", "v", &empty},
    {"env", "s", &env},
    {"expandenv", "s", &expandenv},
    {"fail", "s", &fail},
    {"hello", "", &hello},
    {"kindIs", "sv", &kind_is},
    {"kindOf", "v", &kind_of},
    {"ternary", "vvb", &ternary},
    {"typeIs", "sv", &type_is},
    {"typeIsLike", "sv", &type_is},
    {"typeOf", "v", &type_of},
    {"uuidv4", "", &uuidv4},
};

}  // namespace

std::span<const Function> default_functions() { return kFunctions; }

}  // namespace agent::logs::templates
