#include "agent/relabel/selector.h"

#include <algorithm>

#include <re2/re2.h>

namespace agent::relabel {
namespace {

bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }
bool is_name_byte(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
         c == ':' || c == '.' || static_cast<unsigned char>(c) >= 0x80;
}

}  // namespace

Selector::Selector() = default;
Selector::Selector(Selector&&) noexcept = default;
Selector& Selector::operator=(Selector&&) noexcept = default;
Selector::~Selector() = default;

/// selector = [name] [ "{" [ matcher { "," matcher } [","] ] "}" ]
/// matcher  = name ("=" | "!=" | "=~" | "!~") string | string (the metric's name)
class Selector::Parser {
 public:
  explicit Parser(std::string_view text) : text_(text) {}

  Result<Selector> run() {
    Selector out;
    skip_blanks();
    if (const std::string name = take_name(); !name.empty())
      out.matchers_.push_back({"__name__", false, name, nullptr});
    if (take("{")) {
      if (const Status braces = read_braces(out); !braces) return braces.error();
    }
    skip_blanks();
    if (at_ != text_.size()) return wrong("a selector such as up{job=\"shop\"}");
    if (out.matchers_.empty() && text_.find('{') == std::string_view::npos)
      return wrong("a selector such as up{job=\"shop\"}");
    return out;
  }

 private:
  Status read_braces(Selector& out) {
    while (!take("}")) {
      Matcher matcher;
      if (Status read = read_matcher(matcher); !read) return read;
      out.matchers_.push_back(std::move(matcher));
      if (!take(",") && peek() != '}') return wrong("`,` or `}`");
    }
    return {};
  }

  Status read_matcher(Matcher& out) {
    skip_blanks();
    bool regex = false;
    if (peek() == '"' || peek() == '\'') {
      if (Status read = read_string(out.name); !read) return read;
      skip_blanks();
      if (peek() == ',' || peek() == '}') {
        out.value = std::exchange(out.name, "__name__");
        return {};
      }
    } else {
      out.name = take_name();
    }
    if (out.name.empty()) return wrong("a label name");
    if (take("=~")) {
      regex = true;
    } else if (take("!~")) {
      regex = out.negative = true;
    } else if (take("!=")) {
      out.negative = true;
    } else if (!take("=")) {
      return wrong("one of = != =~ !~");
    }
    skip_blanks();
    if (Status read = read_string(out.value); !read) return read;
    if (!regex) return {};
    auto compiled = compile_anchored(out.value);
    if (!compiled) return compiled.error();
    out.regex = std::move(*compiled);
    return {};
  }

  Status read_string(std::string& out) {
    const char quote = peek();
    if (quote != '"' && quote != '\'' && quote != '`') return wrong("a text in quotes");
    for (++at_; at_ < text_.size() && text_[at_] != quote; ++at_) {
      if (text_[at_] == '\\' && quote != '`' && at_ + 1 < text_.size()) {
        const char next = text_[++at_];
        if (next != 'n' && next != 't' && next != '\\' && next != '"' && next != '\'') out += '\\';
        out += next == 'n' ? '\n' : next == 't' ? '\t' : next;
      } else {
        out += text_[at_];
      }
    }
    if (at_ == text_.size()) return wrong("the closing quote");
    ++at_;
    return {};
  }

  std::string take_name() {
    const std::size_t begin = at_;
    while (at_ < text_.size() && is_name_byte(text_[at_]))
      ++at_;
    return std::string(text_.substr(begin, at_ - begin));
  }
  bool take(std::string_view token) {
    skip_blanks();
    if (text_.substr(at_, token.size()) != token) return false;
    at_ += token.size();
    return true;
  }
  char peek() {
    skip_blanks();
    return at_ < text_.size() ? text_[at_] : '\0';
  }
  void skip_blanks() {
    while (at_ < text_.size() && is_blank(text_[at_]))
      ++at_;
  }
  Error wrong(const std::string& wanted) const {
    return {ErrorKind::Config, "expected " + wanted + " at character " + std::to_string(at_ + 1) +
                                   " of the selector " + std::string(text_)};
  }

  std::string_view text_;
  std::size_t at_ = 0;
};

Result<Selector> Selector::parse(std::string_view text) { return Parser(text).run(); }

bool Selector::matches(const model::LabelSet& labels) const {
  return std::all_of(matchers_.begin(), matchers_.end(), [&](const Matcher& matcher) {
    const std::string_view value = labels.get(matcher.name);
    const bool equal =
        matcher.regex ? relabel::matches(*matcher.regex, value) : value == matcher.value;
    return equal != matcher.negative;
  });
}

}  // namespace agent::relabel
