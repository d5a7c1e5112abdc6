#include <cstdio>
#include <string>

#include "agent/codec/loki_push.h"
#include "agent/logs/stages/template/formatter.h"
#include "agent/logs/stages/template/print.h"
#include "agent/logs/stages/template/time_value.h"
#include "agent/logs/stages/template/utf8.h"

namespace agent::logs::templates {
namespace {

// What values that have names print with the verbs of texts.
bool has_text(const Value& value) {
  return value.is(Type::Time) || value.is(Type::Month) || value.is(Type::Weekday) ||
         value.is(Type::Duration);
}

// What is not ASCII as \u and \U escapes.
std::string escape_to_ascii(std::string_view text) {
  std::string out;
  for (; !text.empty(); text.remove_prefix(decode_rune(text).length)) {
    const Rune rune = decode_rune(text);
    if (rune.code < 0x80) {
      out += static_cast<char>(rune.code);
      continue;
    }
    char escape[16];
    std::snprintf(escape, sizeof escape, rune.code < 0x10000 ? "\\u%04x" : "\\U%08x",
                  static_cast<unsigned>(rune.code));
    out += escape;
  }
  return out;
}

bool is_text_verb(char32_t verb) {
  return verb == 'v' || verb == 's' || verb == 'x' || verb == 'X' || verb == 'q';
}

}  // namespace

void Formatter::fill(std::size_t count) {
  if (count > kMaxTextBytes) {
    run_.fail(kTooLarge);
    return;
  }
  out_.append(count, flags_.zero && !flags_.minus ? '0' : ' ');
}

void Formatter::pad(std::string_view text) {
  const std::size_t length = flags_.has_width ? count_runes(text) : 0;
  const std::size_t missing = flags_.width > length && flags_.has_width ? flags_.width - length : 0;
  if (!flags_.minus) fill(missing);
  out_ += text;
  if (flags_.minus) fill(missing);
}

// `text` without what is beyond the precision.
std::string_view Formatter::cut(std::string_view text) const {
  if (!flags_.has_precision) return text;
  std::size_t length = 0;
  for (std::size_t runes = 0; runes < flags_.precision && length < text.size(); ++runes)
    length += decode_rune(text.substr(length)).length;
  return text.substr(0, length);
}

void Formatter::write_argument(const Value& value, char32_t verb) {
  if (value.is_nothing()) {
    if (verb == 'v' || verb == 'T') {
      pad("<nil>");
    } else {
      write_bad_verb(value, verb);
    }
  } else if (verb == 'T') {
    write_text(type_name(value.type()), value, 's');
  } else {
    write_value(value, verb, 0);
  }
}

void Formatter::write_value(const Value& value, char32_t verb, int depth) {
  if (depth > kMaxNesting || !run_.step()) {
    run_.fail(kTooDeep);
    return;
  }
  if (has_text(value) && is_text_verb(verb)) {
    std::string text;
    append_name(text, value);
    write_text(text, value, verb);
  } else if (value.is_nothing()) {
    out_ += "<nil>";
  } else if (value.is(Type::Bool)) {
    write_boolean(value, verb);
  } else if (value.is_integer()) {
    write_integer(value, verb);
  } else if (value.is(Type::Float64)) {
    write_float(value, verb);
  } else if (value.is(Type::String)) {
    write_text(value.text(), value, verb);
  } else if (value.is_list()) {
    write_list(value, verb, depth);
  } else if (value.is_dict()) {
    write_dict(value, verb, depth);
  } else {
    write_bad_verb(value, verb);
  }
}

void Formatter::write_boolean(const Value& value, char32_t verb) {
  if (verb != 't' && verb != 'v') return write_bad_verb(value, verb);
  pad(value.boolean() ? "true" : "false");
}

void Formatter::write_text(std::string_view text, const Value& value, char32_t verb) {
  std::string quoted;
  switch (verb) {
    case 'v':
    case 's':
      return pad(cut(text));
    case 'x':
    case 'X':
      return write_hex(text, verb == 'X');
    case 'q':
      text = cut(text);
      if (flags_.sharp && text.find_first_of("`\n\r") == std::string_view::npos) {
        quoted = "`" + std::string(text) + "`";
      } else {
        codec::append_go_quoted(quoted, text);
        if (flags_.plus) quoted = escape_to_ascii(quoted);
      }
      return pad(quoted);
    default:
      return write_bad_verb(value, verb);
  }
}

void Formatter::write_hex(std::string_view text, bool upper) {
  if (flags_.has_precision) text = text.substr(0, flags_.precision);
  const std::string_view digits = upper ? "0123456789ABCDEF" : "0123456789abcdef";
  const std::string_view prefix = !flags_.sharp ? "" : upper ? "0X" : "0x";
  std::string hex;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (i > 0 && flags_.space) hex += ' ';
    if (i == 0 || flags_.space) hex += prefix;
    const auto byte = static_cast<unsigned char>(text[i]);
    hex += digits[byte >> 4U];
    hex += digits[byte & 15U];
  }
  pad(hex);
}

void Formatter::write_list(const Value& value, char32_t verb, int depth) {
  out_ += '[';
  for (const Value& item : value.items()) {
    if (&item != value.items().data()) out_ += ' ';
    write_value(item, verb, depth + 1);
    if (out_.size() > kMaxTextBytes) run_.fail(kTooLarge);
    if (run_.failed()) return;
  }
  out_ += ']';
}

void Formatter::write_dict(const Value& value, char32_t verb, int depth) {
  out_ += "map[";
  for (const Member& member : value.dict().members()) {
    if (&member != value.dict().first) out_ += ' ';
    write_text(member.name, Value::of(member.name), verb);
    out_ += ':';
    write_value(member.value, verb, depth + 1);
    if (out_.size() > kMaxTextBytes) run_.fail(kTooLarge);
    if (run_.failed()) return;
  }
  out_ += ']';
}

// A verb that the value has no use for.
void Formatter::write_bad_verb(const Value& value, char32_t verb) {
  if (is_erring_) return;
  is_erring_ = true;
  out_ += "%!";
  append_rune(out_, verb);
  out_ += '(';
  if (value.is_nothing()) {
    out_ += "<nil>";
  } else {
    out_ += type_name(value.type());
    out_ += '=';
    write_value(value, 'v', 0);
  }
  out_ += ')';
  is_erring_ = false;
}

}  // namespace agent::logs::templates
