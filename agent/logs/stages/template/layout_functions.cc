// Texts laid out: quoted, joined, indented, shortened, wrapped.
#include <algorithm>

#include "agent/codec/loki_push.h"
#include "agent/logs/stages/template/functions.h"
#include "agent/logs/stages/template/print.h"
#include "agent/logs/stages/template/runtime.h"
#include "agent/logs/stages/template/text.h"
#include "agent/logs/stages/template/utf8.h"

namespace agent::logs::templates {
namespace {

// The texts of the arguments that are there. They lie in the run's memory: scratch is free again.
std::span<const Value> texts_of(Runtime& run, Arguments arguments) {
  auto* out = run.memory().array<Value>(arguments.size());
  if (out == nullptr) return run.fail(kTooLarge), std::span<const Value>();
  std::size_t count = 0;
  for (const Value& value : arguments)
    if (!value.is_nothing()) out[count++] = Value::of(text_of(run, value));
  return {out, count};
}

Value quote(Runtime& run, Arguments arguments) {
  const auto texts = texts_of(run, arguments);
  std::string& out = run.scratch();
  for (const Value& text : texts) {
    if (!out.empty()) out += ' ';
    codec::append_go_quoted(out, text.text());
  }
  return run.text(out);
}

Value squote(Runtime& run, Arguments arguments) {
  const auto texts = texts_of(run, arguments);
  std::string& out = run.scratch();
  for (const Value& text : texts) {
    if (!out.empty()) out += ' ';
    out += '\'';
    out += text.text();
    out += '\'';
  }
  return run.text(out);
}

Value cat(Runtime& run, Arguments arguments) {
  const auto texts = texts_of(run, arguments);
  std::string& out = run.scratch();
  for (const Value& text : texts) {
    if (&text != texts.data()) out += ' ';
    out += text.text();
  }
  return run.text(out);
}

// Every line gets `start` in front of it, and so many blanks.
Value indented(Runtime& run, std::string_view start, std::int64_t count, std::string_view text) {
  if (count < 0 || static_cast<std::uint64_t>(count) > kMaxTextBytes)
    return run.fail("a count that cannot be");
  std::string& out = run.scratch();
  out += start;
  for (std::size_t end = 0; end != std::string_view::npos;) {
    out.append(static_cast<std::size_t>(count), ' ');
    end = text.find('\n');
    out += text.substr(0, end == std::string_view::npos ? end : end + 1);
    if (end != std::string_view::npos) text.remove_prefix(end + 1);
    if (out.size() > kMaxTextBytes) return run.fail(kTooLarge);
  }
  return run.text(out);
}

Value indent(Runtime& run, Arguments arguments) {
  return indented(run, "", arguments[0].integer(), arguments[1].text());
}

Value nindent(Runtime& run, Arguments arguments) {
  return indented(run, "\n", arguments[0].integer(), arguments[1].text());
}

Value plural(Runtime& /*run*/, Arguments arguments) {
  return arguments[2].integer() == 1 ? arguments[0] : arguments[1];
}

// Sprig reads bytes as characters here: what is not ASCII comes out as Latin-1 read as UTF-8.
Value nospace(Runtime& run, Arguments arguments) {
  const std::string_view text = arguments[0].text();
  const auto is_blank = [](char c) { return is_space(static_cast<unsigned char>(c)); };
  if (std::none_of(text.begin(), text.end(), is_blank)) return arguments[0];
  std::string& out = run.scratch();
  for (const char c : text)
    if (!is_blank(c)) append_rune(out, static_cast<unsigned char>(c));
  return run.text(out);
}

Value shortened(Runtime& run, std::string_view text, std::int64_t offset, std::int64_t most) {
  const auto size = static_cast<std::int64_t>(text.size());
  if (size <= most) return Value::of(text);
  const auto part = [&](std::int64_t from, std::int64_t count) {
    return text.substr(static_cast<std::size_t>(from), static_cast<std::size_t>(count));
  };
  // Three bytes are for the dots at each cut end.
  const std::int64_t room = most - 3;
  offset = std::min(offset, size);
  if (size - offset < room) offset = size - room;
  std::string& out = run.scratch();
  if (offset <= 4) {
    out += part(0, room);
    out += "...";
    return run.text(out);
  }
  out += "...";
  if (offset + room >= size) {
    out += part(size - room, room);
  } else {
    out += part(offset, room - 3);
    out += "...";
  }
  return run.text(out);
}

Value abbrev(Runtime& run, Arguments arguments) {
  if (arguments[0].integer() < 4) return arguments[1];
  return shortened(run, arguments[1].text(), 0, arguments[0].integer());
}

Value abbrevboth(Runtime& run, Arguments arguments) {
  const std::int64_t left = arguments[0].integer();
  const std::int64_t right = arguments[1].integer();
  if (right < 4 || (left > 0 && right < 7)) return arguments[2];
  return shortened(run, arguments[2].text(), left, right);
}

// What becomes of words that are longer than a line.
enum class LongWords { Stay, Cut };

Value wrapped(Runtime& run, std::int64_t width, std::string_view separator, std::string_view text,
              LongWords long_words) {
  if (separator.empty()) separator = "\n";
  const auto most = static_cast<std::size_t>(std::max<std::int64_t>(width, 1));
  std::string& out = run.scratch();
  while (text.size() > most) {
    if (text[0] == ' ') {
      text.remove_prefix(1);
      continue;
    }
    // At the last blank that fits, else inside or behind the word.
    std::size_t blank = text.substr(0, most + 1).rfind(' ');
    const bool cuts = blank == std::string_view::npos && long_words == LongWords::Cut;
    if (blank == std::string_view::npos) blank = cuts ? most : text.find(' ', most);
    if (blank == std::string_view::npos) break;
    out += text.substr(0, blank);
    out += separator;
    text.remove_prefix(cuts ? blank : blank + 1);
    if (out.size() > kMaxTextBytes) return run.fail(kTooLarge);
  }
  out += text;
  return run.text(out);
}

Value wrap(Runtime& run, Arguments arguments) {
  return wrapped(run, arguments[0].integer(), "\n", arguments[1].text(), LongWords::Stay);
}

Value wrap_with(Runtime& run, Arguments arguments) {
  return wrapped(run, arguments[0].integer(), arguments[1].text(), arguments[2].text(),
                 LongWords::Cut);
}

constexpr Function kFunctions[] = {
    {"abbrev", "is", &abbrev},
    {"abbrevboth", "iis", &abbrevboth},
    {"cat", "v*", &cat},
    {"indent", "is", &indent},
    {"nindent", "is", &nindent},
    {"nospace", "s", &nospace},
    {"plural", "ssi", &plural},
    {"quote", "v*", &quote},
    {"squote", "v*", &squote},
    {"wrap", "is", &wrap},
    {"wrapWith", "iss", &wrap_with},
};

}  // namespace

std::span<const Function> layout_functions() { return kFunctions; }

}  // namespace agent::logs::templates
