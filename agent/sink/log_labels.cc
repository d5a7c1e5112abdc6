#include "agent/sink/log_labels.h"

#include <cstdint>
#include <optional>

#include "agent/base/strings.h"
#include "agent/sink/json_text.h"

namespace agent::sink {
namespace {

bool starts_name(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }

void append_utf8(std::string& out, std::uint32_t rune) {
  const auto put = [&out](std::uint32_t byte) { out += static_cast<char>(byte); };
  if (rune < 0x80) {
    put(rune);
  } else if (rune < 0x800) {
    put(0xC0U | rune >> 6U);
    put(0x80U | (rune & 0x3FU));
  } else if (rune < 0x10000) {
    put(0xE0U | rune >> 12U);
    put(0x80U | (rune >> 6U & 0x3FU));
    put(0x80U | (rune & 0x3FU));
  } else {
    put(0xF0U | rune >> 18U);
    put(0x80U | (rune >> 12U & 0x3FU));
    put(0x80U | (rune >> 6U & 0x3FU));
    put(0x80U | (rune & 0x3FU));
  }
}

// Reads `{name="value", ...}` from left to right; every member takes what it read off `rest_`.
class Scanner {
 public:
  explicit Scanner(std::string_view text) : rest_(text) {}

  bool take(char c) {
    if (rest_.empty() || rest_[0] != c) return false;
    rest_.remove_prefix(1);
    return true;
  }
  void skip_blanks() {
    while (take(' ')) {
    }
  }
  bool at_end() const { return rest_.empty(); }

  std::string_view name() {
    std::size_t n = 0;
    while (n < rest_.size() &&
           (starts_name(rest_[n]) || (n > 0 && rest_[n] >= '0' && rest_[n] <= '9')))
      ++n;
    const auto out = rest_.substr(0, n);
    rest_.remove_prefix(n);
    return out;
  }

  // A Go string with its quotes; nullopt: none, or a bad escape.
  std::optional<std::string> quoted() {
    if (!take('"')) return std::nullopt;
    std::string out;
    while (!rest_.empty() && rest_[0] != '\n') {
      const char c = rest_[0];
      rest_.remove_prefix(1);
      if (c == '"') return out;
      if (c != '\\') {
        out += c;
      } else if (!escape(out)) {
        return std::nullopt;
      }
    }
    return std::nullopt;
  }

 private:
  bool escape(std::string& out) {
    constexpr std::string_view kLetters = "abfnrtv\\\"";
    constexpr std::string_view kMeanings = "\a\b\f\n\r\t\v\\\"";
    if (rest_.empty()) return false;
    const char c = rest_[0];
    rest_.remove_prefix(1);
    if (const auto at = kLetters.find(c); at != std::string_view::npos) {
      out += kMeanings[at];
      return true;
    }
    const std::size_t digits = c == 'x' ? 2 : c == 'u' ? 4 : c == 'U' ? 8 : 0;
    if (digits == 0 || rest_.size() < digits) return false;
    std::uint32_t number = 0;
    const auto* end = rest_.data() + digits;
    const auto read = std::from_chars(rest_.data(), end, number, 16);
    if (read.ec != std::errc() || read.ptr != end) return false;
    rest_.remove_prefix(digits);
    if (number > 0x10FFFF || (number >= 0xD800 && number <= 0xDFFF)) return false;
    if (c == 'x') {
      out += static_cast<char>(number);  // a byte, not a character
    } else {
      append_utf8(out, number);
    }
    return true;
  }

  std::string_view rest_;
};

}  // namespace

Result<model::LabelSet> parse_stream_labels(std::string_view text) {
  Scanner in(text);
  model::LabelSet out;
  const auto bad = [&](const std::string& what) { return malformed(json_quote(text), what); };
  if (!in.take('{')) return bad("labels start with {");
  do {
    in.skip_blanks();
    const auto name = in.name();
    if (name.empty()) return bad("a label name is asked");
    if (out.has(name)) return bad("label " + std::string(name) + " is given twice");
    if (!in.take('=')) return bad("= is asked behind " + std::string(name));
    const auto value = in.quoted();
    if (!value) return bad("the value of " + std::string(name) + " is no quoted text");
    if (value->empty()) return bad("label " + std::string(name) + " is empty");
    out.set(name, *value);
    in.skip_blanks();
  } while (in.take(','));
  if (!in.take('}') || !in.at_end()) return bad("labels end with }");
  return out;
}

}  // namespace agent::sink
