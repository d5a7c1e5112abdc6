// parse_json(): a strict recursive descent, for configuration literals and for the lines that
// simdjson refuses but Go's decoder takes.
#include <charconv>
#include <cmath>
#include <optional>

#include "agent/codec/json.h"

namespace agent::codec {
namespace {

constexpr std::string_view kReplacement = "\xef\xbf\xbd";

bool is_digit(char c) { return c >= '0' && c <= '9'; }

int hex_value(char c) {
  if (is_digit(c)) return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

void append_utf8(std::string& out, unsigned code) {
  const auto put = [&out](unsigned byte) { out += static_cast<char>(byte); };
  if (code < 0x80U) {
    put(code);
  } else if (code < 0x800U) {
    put(0xC0U | (code >> 6U));
    put(0x80U | (code & 0x3FU));
  } else if (code < 0x10000U) {
    put(0xE0U | (code >> 12U));
    put(0x80U | ((code >> 6U) & 0x3FU));
    put(0x80U | (code & 0x3FU));
  } else {
    put(0xF0U | (code >> 18U));
    put(0x80U | ((code >> 12U) & 0x3FU));
    put(0x80U | ((code >> 6U) & 0x3FU));
    put(0x80U | (code & 0x3FU));
  }
}

// Length of the valid UTF-8 sequence at the start of `text`; 0 where it is none.
std::size_t utf8_length(std::string_view text) {
  for (std::size_t size = 1; size <= 4 && size <= text.size(); ++size)
    if (is_valid_utf8_fast(text.substr(0, size))) return size;
  return 0;
}

class Parser {
 public:
  Parser(std::string_view text, JsonPool& pool) : text_(text), pool_(pool) {}

  Result<JsonValue> document() {
    const auto out = value(0);
    if (!out) return failed();
    blanks();
    if (at_ != text_.size()) return failed();
    return *out;
  }

 private:
  using Maybe = std::optional<JsonValue>;  // nullopt: malformed at at_

  Error failed() const { return {ErrorKind::Input, "not JSON at byte " + std::to_string(at_)}; }
  char peek() const { return at_ < text_.size() ? text_[at_] : '\0'; }
  bool take(char c) {
    if (at_ >= text_.size() || text_[at_] != c) return false;
    ++at_;
    return true;
  }
  bool take(std::string_view word) {
    if (text_.substr(at_, word.size()) != word) return false;
    at_ += word.size();
    return true;
  }
  void blanks() {
    while (at_ < text_.size() &&
           (text_[at_] == ' ' || text_[at_] == '\t' || text_[at_] == '\n' || text_[at_] == '\r'))
      ++at_;
  }

  Maybe value(int depth) {
    blanks();
    if (depth > kMaxJsonDepth) return std::nullopt;
    switch (peek()) {
      case '{':
        return object(depth);
      case '[':
        return array(depth);
      case '"': {
        const auto text = string();
        return text ? Maybe(JsonValue::of(*text)) : std::nullopt;
      }
      case 't':
        return take("true") ? Maybe(JsonValue::of(true)) : std::nullopt;
      case 'f':
        return take("false") ? Maybe(JsonValue::of(false)) : std::nullopt;
      case 'n':
        return take("null") ? Maybe(JsonValue()) : std::nullopt;
      default:
        return number();
    }
  }

  Maybe object(int depth) {
    ++at_;
    std::vector<JsonMember> members;
    blanks();
    if (take('}')) return JsonValue::object({});
    do {
      blanks();
      const auto name = string();
      if (!name) return std::nullopt;
      blanks();
      if (!take(':')) return std::nullopt;
      const auto member = value(depth + 1);
      if (!member) return std::nullopt;
      members.push_back({*name, *member});
      blanks();
    } while (take(','));
    if (!take('}')) return std::nullopt;
    auto kept = pool_.members(members.size());
    std::copy(members.begin(), members.end(), kept.begin());
    return JsonValue::object(sort_members(kept));
  }

  Maybe array(int depth) {
    ++at_;
    std::vector<JsonValue> items;
    blanks();
    if (take(']')) return JsonValue::array({});
    do {
      const auto item = value(depth + 1);
      if (!item) return std::nullopt;
      items.push_back(*item);
      blanks();
    } while (take(','));
    if (!take(']')) return std::nullopt;
    auto kept = pool_.values(items.size());
    std::copy(items.begin(), items.end(), kept.begin());
    return JsonValue::array(kept);
  }

  Maybe number() {
    const std::size_t start = at_;
    take('-');
    if (!take('0') && !digits()) return std::nullopt;
    if (take('.') && !digits()) return std::nullopt;
    if (peek() == 'e' || peek() == 'E') {
      ++at_;
      if (!take('+')) take('-');
      if (!digits()) return std::nullopt;
    }
    double out = 0;
    const auto parsed = std::from_chars(text_.data() + start, text_.data() + at_, out);
    if (parsed.ec == std::errc()) return JsonValue::of(out);
    // Out of range either way: too small is 0, too large is no number.
    return too_small(text_.substr(start, at_ - start)) ? Maybe(JsonValue::of(0.0)) : std::nullopt;
  }

  static bool too_small(std::string_view number) {
    const std::size_t exponent = number.find_first_of("eE");
    if (exponent == std::string_view::npos) return number.find_first_not_of("-0.") > 300;
    return exponent + 1 < number.size() && number[exponent + 1] == '-';
  }

  bool digits() {
    const std::size_t start = at_;
    while (is_digit(peek()))
      ++at_;
    return at_ > start;
  }

  std::optional<std::string_view> string() {
    if (!take('"')) return std::nullopt;
    const std::size_t start = at_;
    while (at_ < text_.size() && text_[at_] >= ' ' && text_[at_] < '\x7f' && text_[at_] != '"' &&
           text_[at_] != '\\')
      ++at_;
    if (take('"')) return text_.substr(start, at_ - 1 - start);
    std::string out(text_.substr(start, at_ - start));
    while (at_ < text_.size()) {
      if (take('"')) return pool_.copy(out);
      if (!character(out)) return std::nullopt;
    }
    return std::nullopt;
  }

  bool character(std::string& out) {
    const char c = text_[at_];
    if (c == '\\') return escape(out);
    if (static_cast<unsigned char>(c) < 0x20U) return false;
    const std::size_t length = utf8_length(text_.substr(at_, 4));
    if (length == 0) {
      out += kReplacement;
      ++at_;
    } else {
      out += text_.substr(at_, length);
      at_ += length;
    }
    return true;
  }

  bool escape(std::string& out) {
    ++at_;
    constexpr std::string_view kLetters = "\"\\/bfnrt";
    constexpr std::string_view kMeanings = "\"\\/\b\f\n\r\t";
    const char letter = peek();
    ++at_;
    if (letter != 'u') {
      const std::size_t which = letter == '\0' ? std::string_view::npos : kLetters.find(letter);
      if (which == std::string_view::npos) return false;
      out += kMeanings[which];
      return true;
    }
    const auto first = hex4();
    if (!first) return false;
    if (*first < 0xD800U || *first > 0xDFFFU) {
      append_utf8(out, *first);
      return true;
    }
    const std::size_t back = at_;
    if (*first < 0xDC00U && take("\\u")) {
      const auto second = hex4();
      if (!second) return false;
      if (*second >= 0xDC00U && *second <= 0xDFFFU) {
        append_utf8(out, 0x10000U + ((*first - 0xD800U) << 10U) + (*second - 0xDC00U));
        return true;
      }
      at_ = back;
    }
    out += kReplacement;
    return true;
  }

  std::optional<unsigned> hex4() {
    if (text_.size() - at_ < 4 || at_ > text_.size()) return std::nullopt;
    unsigned out = 0;
    for (int i = 0; i < 4; ++i) {
      const int digit = hex_value(text_[at_++]);
      if (digit < 0) return std::nullopt;
      out = out * 16 + static_cast<unsigned>(digit);
    }
    return out;
  }

  std::string_view text_;
  JsonPool& pool_;
  std::size_t at_ = 0;
};

}  // namespace

Result<JsonValue> parse_json(std::string_view text, JsonPool& pool) {
  return Parser(text, pool).document();
}

}  // namespace agent::codec
