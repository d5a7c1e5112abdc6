#include "agent/logs/stages/template/lexer.h"

#include <algorithm>

namespace agent::logs::templates {
namespace {

constexpr std::string_view kBlanks = " \t\r\n";
constexpr std::string_view kLeft = "{{";
constexpr std::string_view kRight = "}}";

bool is_blank(char c) { return kBlanks.find(c) != std::string_view::npos; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }
// Bytes of other scripts count as letters: names may be in any.
bool is_word(char c) {
  return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
         static_cast<unsigned char>(c) >= 0x80;
}

class Lexer {
 public:
  explicit Lexer(std::string_view text) : text_(text) {}

  Result<std::vector<Token>> run() {
    while (take_text()) {
      if (const Status taken = take_action(); !taken) return taken.error();
    }
    add(TokenKind::End, 0);
    return std::move(tokens_);
  }

 private:
  std::string_view rest() const { return text_.substr(at_); }
  char peek(std::size_t ahead = 0) const {
    return at_ + ahead < text_.size() ? text_[at_ + ahead] : '\0';
  }

  // Of the next byte. Texts are trimmed behind the place they begin at, so it never goes back.
  Place place() {
    for (; placed_ < at_; ++placed_) {
      const bool ends_line = text_[placed_] == '\n';
      place_.line += ends_line ? 1 : 0;
      place_.column = ends_line ? 1 : place_.column + 1;
    }
    return place_;
  }
  Error fail(const std::string& message) { return error_at(place(), message); }

  void add(TokenKind kind, std::size_t length) {
    tokens_.push_back({kind, text_.substr(at_, length), place()});
    at_ += length;
  }

  // Text up to the next action; false at the end of all.
  bool take_text() {
    const std::size_t left = text_.find(kLeft, at_);
    std::string_view text = text_.substr(at_, left - at_);
    const bool trims = left != std::string_view::npos && left + 3 < text_.size() &&
                       text_[left + 2] == '-' && is_blank(text_[left + 3]);
    if (trims) text = text.substr(0, text.find_last_not_of(kBlanks) + 1);
    if (!text.empty()) tokens_.push_back({TokenKind::Text, text, place()});
    at_ = std::min(left, text_.size());
    if (left == std::string_view::npos) return false;
    marker_length_ = trims ? 1 : 0;
    return true;
  }

  Status take_action() {
    // The blank behind {{- stays for the action; a comment stands right behind it.
    const std::size_t inside = at_ + kLeft.size() + marker_length_ * 2;
    if (text_.substr(inside).starts_with("/*")) return take_comment(inside);
    add(TokenKind::LeftDelimiter, kLeft.size());
    at_ += marker_length_;
    int open = 0;
    while (!at_right_delimiter()) {
      if (Status taken = take_token(open); !taken) return taken;
    }
    if (open > 0) return fail("unclosed left parenthesis");
    end_action();
    return {};
  }

  Status take_comment(std::size_t begin) {
    const std::size_t end = text_.find("*/", begin + 2);
    if (end == std::string_view::npos) return fail("unclosed comment");
    at_ = end + 2;
    if (!at_right_delimiter()) return fail("comment ends before closing delimiter");
    end_action();
    tokens_.pop_back();
    return {};
  }

  bool at_right_delimiter() const { return rest().starts_with(kRight) || at_right_marker(); }
  bool at_right_marker() const {
    return is_blank(peek()) && peek(1) == '-' && text_.substr(at_ + 2).starts_with(kRight);
  }
  void end_action() {
    const bool trims = !rest().starts_with(kRight);
    if (trims) at_ += 2;
    add(TokenKind::RightDelimiter, kRight.size());
    if (trims) at_ = std::min(text_.find_first_not_of(kBlanks, at_), text_.size());
  }

  Status take_token(int& open) {
    if (at_ == text_.size()) return fail("unclosed action");
    const char c = peek();
    if (is_blank(c)) {
      take_blanks();
      return {};
    }
    if (c == '"' || c == '\'') return take_quoted(c);
    if (c == '`') return take_raw();
    if (c == '$' || (c == '.' && !is_digit(peek(1)))) return take_name();
    if (c == '.' || c == '+' || c == '-' || is_digit(c)) return take_number();
    if (is_word(c)) return take_name();
    if (c == '(') ++open;
    if (c == ')' && --open < 0) return fail("unexpected right parenthesis");
    return take_sign(c);
  }

  void take_blanks() {
    std::size_t length = 1;
    while (at_ + length < text_.size() && is_blank(text_[at_ + length]))
      ++length;
    // The last blank may belong to the trim marker.
    at_ += length - 1;
    const bool marker = at_right_marker();
    at_ -= length - 1;
    if (marker) --length;
    if (length > 0) add(TokenKind::Space, length);
  }

  Status take_quoted(char quote) {
    std::size_t end = at_ + 1;
    while (end < text_.size() && text_[end] != quote && text_[end] != '\n')
      end += text_[end] == '\\' ? 2 : 1;
    if (end >= text_.size() || text_[end] != quote)
      return fail(quote == '"' ? "unterminated quoted string" : "unterminated character constant");
    add(quote == '"' ? TokenKind::Quoted : TokenKind::Rune, end + 1 - at_);
    return {};
  }

  Status take_raw() {
    const std::size_t end = text_.find('`', at_ + 1);
    if (end == std::string_view::npos) return fail("unterminated raw quoted string");
    add(TokenKind::RawText, end + 1 - at_);
    return {};
  }

  // A word, .name or $name.
  Status take_name() {
    const char first = peek();
    std::size_t length = 1;
    while (is_word(peek(length)))
      ++length;
    const char next = peek(length);
    const bool ends = at_ + length == text_.size() || is_blank(next) ||
                      std::string_view(".,|:)(").find(next) != std::string_view::npos ||
                      text_.substr(at_ + length).starts_with(kRight);
    if (!ends) {
      at_ += length;
      return fail("bad character '" + std::string(1, next) + "'");
    }
    add(first == '$'   ? TokenKind::Variable
        : first != '.' ? TokenKind::Identifier
        : length == 1  ? TokenKind::Dot
                       : TokenKind::Field,
        length);
    return {};
  }

  Status take_number() {
    std::size_t end = at_;
    const auto accept = [&](std::string_view any) {
      const bool found = end < text_.size() && any.find(text_[end]) != std::string_view::npos;
      if (found) ++end;
      return found;
    };
    const auto accept_all = [&](std::string_view any) {
      while (accept(any)) {
      }
    };
    accept("+-");
    std::string_view digits = "0123456789_";
    bool hex = false;
    bool decimal = true;
    if (accept("0") && end < text_.size()) {
      hex = accept("xX");
      decimal = !hex && !accept("oObB");
      if (hex) digits = "0123456789abcdefABCDEF_";
    }
    accept_all(digits);
    if (accept(".")) accept_all(digits);
    if ((decimal && accept("eE")) || (hex && accept("pP"))) {
      accept("+-");
      accept_all("0123456789_");
    }
    if (end < text_.size() && is_word(text_[end]))
      return fail("bad number syntax: \"" + std::string(text_.substr(at_, end + 1 - at_)) + "\"");
    add(TokenKind::Number, end - at_);
    return {};
  }

  Status take_sign(char c) {
    if (rest().starts_with(":=")) {
      add(TokenKind::Declare, 2);
      return {};
    }
    if (c == ':') return fail("expected :=");
    if (c < 0x21 || c > 0x7E) return fail("unrecognized character in action");
    add(c == '|'   ? TokenKind::Pipe
        : c == '(' ? TokenKind::LeftParen
        : c == ')' ? TokenKind::RightParen
        : c == '=' ? TokenKind::Assign
        : c == ',' ? TokenKind::Comma
                   : TokenKind::Other,
        1);
    return {};
  }

  std::string_view text_;
  std::size_t at_ = 0;
  std::size_t placed_ = 0;
  Place place_;
  std::size_t marker_length_ = 0;  // of the action that begins
  std::vector<Token> tokens_;
};

}  // namespace

Result<std::vector<Token>> tokenize(std::string_view text) { return Lexer(text).run(); }

Error error_at(const Place& place, const std::string& message) {
  return {ErrorKind::Config,
          std::to_string(place.line) + ":" + std::to_string(place.column) + ": " + message};
}

}  // namespace agent::logs::templates
