// Words and their case: snakecase and its like.
#include <array>

#include "agent/logs/stages/template/functions.h"
#include "agent/logs/stages/template/runtime.h"
#include "agent/logs/stages/template/text.h"
#include "agent/logs/stages/template/utf8.h"

namespace agent::logs::templates {
namespace {

bool is_upper(char32_t code) { return lower_rune(code) != code; }
bool is_connector(char32_t code) { return code == '-' || code == '_' || is_space(code); }
bool is_digit(char32_t code) { return code >= '0' && code <= '9'; }
bool is_letter(char32_t code) {
  if (code < 0x80) return (code | 0x20) >= 'a' && (code | 0x20) <= 'z';
  // Scripts with letters stand before the ideographs; blocks of signs lie between.
  const bool is_sign = code < 0xAA || (code >= 0x2000 && code <= 0x2BFF) || is_space(code);
  return !is_sign && code < 0x3400;
}
bool is_punctuation(char32_t code) {
  return code < 0x80 && std::string_view("!\"#%&'()*,./:;?@[\\]{}").find(static_cast<char>(code)) !=
                            std::string_view::npos;
}

// A run of characters of one kind. A capital and the small letters behind it are one Capital.
enum class WordKind { None, Number, Capital, Small, Connector, Punctuation, Other };
struct Word {
  WordKind kind = WordKind::None;
  std::string_view text;
};

WordKind kind_of(char32_t code) {
  if (is_connector(code)) return WordKind::Connector;
  if (is_punctuation(code)) return WordKind::Punctuation;
  if (is_upper(code)) return WordKind::Capital;
  if (is_letter(code)) return WordKind::Small;
  return is_digit(code) ? WordKind::Number : WordKind::Other;
}

// Length of the run of `kind` at the start of `text`; `last` gets that of its last character.
std::size_t run_length(std::string_view text, WordKind kind, std::size_t& last) {
  std::size_t length = 0;
  while (length < text.size()) {
    const Rune rune = decode_rune(text.substr(length));
    if (kind_of(rune.code) != kind) break;
    length += rune.length;
    last = rune.length;
  }
  return length;
}

Word take_word(std::string_view& text) {
  if (text.empty()) return {};
  const WordKind kind = kind_of(decode_rune(text).code);
  std::size_t last = 0;
  std::size_t length = run_length(text, kind, last);
  if (kind == WordKind::Capital) {
    const std::size_t small = run_length(text.substr(length), WordKind::Small, last);
    // HTTPServer is HTTP and Server.
    const bool splits = small > 0 && length > decode_rune(text).length;
    if (splits) {
      std::size_t capital = 0;
      run_length(text.substr(0, length), WordKind::Capital, capital);
      length -= capital;
    } else {
      length += small;
    }
  }
  const Word out{kind, text.substr(0, length)};
  text.remove_prefix(length);
  return out;
}

// Words joined by `connector`, capitals made small.
class Joiner {
 public:
  Joiner(std::string_view text, char connector, std::string& out)
      : rest_(text), connector_(connector), out_(out) {}

  void run() {
    word_ = take_word(rest_);
    while (!rest_.empty()) {
      if (word_.kind != WordKind::Connector) put(word_);
      const Word before = word_;
      word_ = take_word(rest_);
      if (before.kind == WordKind::Connector) put(before);
      if (before.kind == WordKind::Number) join_number();
      if (before.kind == WordKind::Capital || before.kind == WordKind::Small ||
          before.kind == WordKind::Other)
        join_letters();
    }
    put(word_);
  }

 private:
  bool begins_new() const {
    return word_.kind != WordKind::Connector && word_.kind != WordKind::Punctuation;
  }
  void put(const Word& word) {
    if (word.kind != WordKind::Capital && word.kind != WordKind::Connector) {
      out_ += word.text;
      return;
    }
    for (std::string_view text = word.text; !text.empty();) {
      const Rune rune = decode_rune(text);
      append_rune(out_, is_connector(rune.code) ? static_cast<char32_t>(connector_)
                                                : lower_rune(rune.code));
      text.remove_prefix(rune.length);
    }
  }
  // Small letters and digits behind a number belong to it: 20x, 2m3s.
  void put_tail() {
    while (word_.kind == WordKind::Small || word_.kind == WordKind::Number) {
      put(word_);
      word_ = take_word(rest_);
    }
    if (word_.kind != WordKind::None && begins_new()) out_ += connector_;
  }
  void join_number() { put_tail(); }
  void join_letters() {
    if (word_.kind != WordKind::Number) {
      if (begins_new()) out_ += connector_;
      return;
    }
    if (rest_.empty()) return;
    const Word number = word_;
    word_ = take_word(rest_);
    if (word_.kind == WordKind::Small) {
      out_ += connector_;
      put(number);
      put_tail();
      return;
    }
    // A number is a part of the word before it: Bld4Floor.
    put(number);
    if (begins_new()) out_ += connector_;
  }

  std::string_view rest_;
  char connector_;
  std::string& out_;
  Word word_;
};

Value joined(Runtime& run, std::string_view text, char connector) {
  std::string& out = run.scratch();
  Joiner(text, connector, out).run();
  return run.text(out);
}

Value snakecase(Runtime& run, Arguments arguments) { return joined(run, arguments[0].text(), '_'); }
Value kebabcase(Runtime& run, Arguments arguments) { return joined(run, arguments[0].text(), '-'); }

// Connectors go, but for those in front and all but the last of several.
Value camelcase(Runtime& run, Arguments arguments) {
  std::string_view text = arguments[0].text();
  std::string& out = run.scratch();
  while (!text.empty() && is_connector(decode_rune(text).code)) {
    const std::size_t length = decode_rune(text).length;
    out += text.substr(0, length);
    // Sprig's library writes the last one twice where nothing else comes.
    if (text.size() == length) out += text;
    text.remove_prefix(length);
  }
  bool starts = true;
  bool capitals = false;  // since the start of the word
  while (!text.empty()) {
    const Rune rune = decode_rune(text);
    text.remove_prefix(rune.length);
    const bool connects = is_connector(rune.code);
    if (connects && (text.empty() || is_connector(decode_rune(text).code))) {
      append_rune(out, rune.code);
    } else if (!connects && starts) {
      capitals = is_upper(rune.code);
      append_rune(out, upper_rune(rune.code));
    } else if (!connects) {
      capitals = capitals && is_upper(rune.code);
      append_rune(out, capitals ? lower_rune(rune.code) : rune.code);
    }
    starts = connects;
  }
  return run.text(out);
}

Value swapcase(Runtime& run, Arguments arguments) {
  std::string& out = run.scratch();
  for (std::string_view text = arguments[0].text(); !text.empty();) {
    const Rune rune = decode_rune(text);
    append_rune(out, is_upper(rune.code) ? lower_rune(rune.code) : upper_rune(rune.code));
    text.remove_prefix(rune.length);
  }
  return run.text(out);
}

// Only what is first in a word, with sprig's view of bytes as characters.
Value initials(Runtime& run, Arguments arguments) {
  std::string& out = run.scratch();
  bool starts = true;
  for (const char c : arguments[0].text()) {
    const auto byte = static_cast<unsigned char>(c);
    const bool blank = is_space(byte);
    if (!blank && starts) append_rune(out, byte);
    starts = blank;
  }
  return run.text(out);
}

Value untitle(Runtime& run, Arguments arguments) {
  std::string& out = run.scratch();
  bool starts = true;
  for (std::string_view text = arguments[0].text(); !text.empty();) {
    const Rune rune = decode_rune(text);
    const bool blank = is_space(rune.code);
    append_rune(out, starts && !blank ? lower_rune(rune.code) : rune.code);
    starts = blank;
    text.remove_prefix(rune.length);
  }
  return run.text(out);
}

constexpr Function kFunctions[] = {
    {"camelcase", "s", &camelcase}, {"initials", "s", &initials}, {"kebabcase", "s", &kebabcase},
    {"snakecase", "s", &snakecase}, {"swapcase", "s", &swapcase}, {"untitle", "s", &untitle},
};

}  // namespace

std::span<const Function> word_functions() { return kFunctions; }

}  // namespace agent::logs::templates
