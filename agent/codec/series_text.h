#pragma once
// The one grammar of series texts: `name{label="value",...}` and `{"name",label="value"}`. Spec:
// metrics.md 5.2, 5.3. Private to this folder.
//
// DESIGN. The scanner is a template over its visitor, so that the hot path (every line of every
// page: is this a series, and where does it end?) and the cold one (first sight of a text: which
// labels?) are one grammar and two programs. It checks syntax. What is a property of the text
// alone (UTF-8, names given twice) is left to SeriesBuilder.
#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "agent/codec/exposition.h"

namespace agent::codec {

/// A place in a text that is read from left to right, and what was wrong there.
struct Cursor {
  const char* at = nullptr;
  const char* end = nullptr;
  const char* wrong = nullptr;  ///< a fixed text; null: nothing yet
  bool open = false;            ///< the text ended inside quotes

  bool fail(const char* message) {
    wrong = message;
    return false;
  }
  bool has(char c) const { return at != end && *at == c; }
  bool take(char c) {
    if (!has(c)) return false;
    ++at;
    return true;
  }
  void skip_blanks() {
    while (at != end && (*at == ' ' || *at == '\t'))
      ++at;
  }
};

/// A name or a value as it stands in the page, without its quotes.
struct Word {
  std::string_view text;
  bool quoted = false;
  bool escaped = false;  ///< has backslashes
};

/// `word` with its escapes undone (`\\`, `\"`, `\n`; any other backslash stands for itself).
void append_unescaped(std::string& out, std::string_view text);
std::string unescaped(const Word& word);

namespace series {

using ByteClass = std::uint8_t;
inline constexpr ByteClass kNameStart = 1;
inline constexpr ByteClass kNameByte = 2;
inline constexpr ByteClass kLabelStart = 4;
inline constexpr ByteClass kLabelByte = 8;
constexpr std::array<std::uint8_t, 256> make_classes() {
  std::array<std::uint8_t, 256> out{};
  for (int c = 0; c < 256; ++c) {
    const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
    const bool digit = c >= '0' && c <= '9';
    unsigned bits = 0;
    if (letter || c == ':') bits |= kNameStart;
    if (letter || digit || c == ':') bits |= kNameByte;
    if (letter) bits |= kLabelStart;
    if (letter || digit) bits |= kLabelByte;
    out[static_cast<std::size_t>(c)] = static_cast<std::uint8_t>(bits);
  }
  return out;
}
inline constexpr auto kClasses = make_classes();
inline bool is(char c, ByteClass wanted) {
  return (kClasses[static_cast<unsigned char>(c)] & wanted) != 0;
}

/// A word of bytes of one class; false: there is none here.
inline bool take_bare(Cursor& in, ByteClass first, ByteClass rest, Word& out) {
  if (in.at == in.end || !is(*in.at, first)) return false;
  const char* begin = in.at;
  while (in.at != in.end && is(*in.at, rest))
    ++in.at;
  out = {{begin, static_cast<std::size_t>(in.at - begin)}, false, false};
  return true;
}

/// A text in double quotes, which the cursor stands on.
inline bool take_quoted(Cursor& in, Word& out) {
  const char* begin = in.at + 1;
  bool escaped = false;
  for (const char* at = begin; at != in.end; ++at) {
    if (*at == '"') {
      out = {{begin, static_cast<std::size_t>(at - begin)}, true, escaped};
      in.at = at + 1;
      return true;
    }
    if (*at == '\\') {
      escaped = true;
      if (++at == in.end) break;
    }
  }
  in.open = true;
  return in.fail("the text in quotes has no end");
}

/// One item inside braces. `named`: the series has its name. `kLoose`: blanks between tokens.
template <bool kLoose, typename Visitor>
bool take_item(Cursor& in, Visitor& visitor, bool& named, bool& comma_needed) {
  Word name;
  if (in.has('"')) {
    if (!take_quoted(in, name)) return false;
  } else if (!take_bare(in, kLabelStart, kLabelByte, name)) {
    return in.fail("expected a label name, or }");
  }
  if constexpr (kLoose) in.skip_blanks();
  if (in.take('=')) {
    if constexpr (kLoose) in.skip_blanks();
    Word value;
    if (!in.has('"')) return in.fail("expected a label value in double quotes");
    if (!take_quoted(in, value)) return false;
    visitor.on_label(name, value);
    comma_needed = !kLoose;
    return true;
  }
  if (!name.quoted) return in.fail("expected = behind the label name");
  if (named) return in.fail("expected = behind the label name: there is a metric name already");
  if (name.text.empty()) return in.fail("the metric name is empty");
  visitor.on_name(name);
  named = comma_needed = true;
  return true;
}

/// The items and the closing brace; the cursor stands behind the opening one.
template <bool kLoose, typename Visitor>
bool take_items(Cursor& in, Visitor& visitor, bool& named) {
  bool comma_allowed = false;
  bool comma_needed = false;
  while (true) {
    if constexpr (kLoose) in.skip_blanks();
    if (in.take('}')) return true;
    if (in.at == in.end) return in.fail("expected }");
    if (in.has(',')) {
      if (!comma_allowed) return in.fail("expected a label name, or }");
      ++in.at;
      comma_allowed = comma_needed = false;
      continue;
    }
    if (comma_needed) return in.fail("expected a comma, or }");
    if (!take_item<kLoose>(in, visitor, named, comma_needed)) return false;
    comma_allowed = true;
  }
}

/// A whole series; the cursor ends behind it. False: `in.wrong` says why, `in.at` where.
template <bool kLoose, typename Visitor>
bool take_series(Cursor& in, Visitor& visitor) {
  Word name;
  bool named = take_bare(in, kNameStart, kNameByte, name);
  if (named) visitor.on_name(name);
  const char* const behind_name = in.at;
  if constexpr (kLoose) {
    if (named) in.skip_blanks();
  }
  const char* const brace = in.at;
  if (in.take('{')) {
    if (!take_items<kLoose>(in, visitor, named)) return false;
    if (named) return true;
    in.at = brace;
  } else if (named) {
    in.at = behind_name;
    return true;
  }
  return in.fail("expected a metric name");
}

}  // namespace series

/// Visitor of the hot path: only the metric's name.
struct NameOnly {
  Word name;
  void on_name(const Word& word) { name = word; }
  void on_label(const Word& /*name*/, const Word& /*value*/) {}
};

/// Visitor that collects labels, unescaped.
class SeriesBuilder {
 public:
  explicit SeriesBuilder(std::vector<ScrapedLabel>& out) : out_(out) { out_.clear(); }
  void on_name(const Word& word) { out_.push_back({"__name__", unescaped(word)}); }
  void on_label(const Word& name, const Word& value) {
    out_.push_back({unescaped(name), unescaped(value)});
  }
  /// Sorts the labels and checks them: UTF-8, no empty name, no name twice. Null, or what is wrong.
  const char* finish();

 private:
  std::vector<ScrapedLabel>& out_;
};

}  // namespace agent::codec
