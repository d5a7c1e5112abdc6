#include "agent/logs/stages/selector.h"

#include <algorithm>

#include "agent/codec/go_text.h"

namespace agent::logs {

class SelectorParser {
 public:
  explicit SelectorParser(std::string_view text) : text_(text) {}

  Result<Selector> parse() {
    Selector out;
    if (!take("{")) return fail("{ is asked here");
    do {
      auto matcher = label_matcher();
      if (!matcher) return matcher.error();
      out.labels_.push_back(std::move(*matcher));
    } while (take(","));
    if (!take("}")) return fail("a comma or } is asked here");
    blanks();
    while (at_ < text_.size()) {
      auto filter = line_filter();
      if (!filter) return filter.error();
      out.line_.push_back(std::move(*filter));
      blanks();
    }
    return out;
  }

 private:
  using Condition = Selector::Condition;
  using Test = Selector::Test;

  Error fail(const std::string& what) const { return fail_at(at_, what); }
  Error fail_at(std::size_t at, const std::string& what) const {
    return {ErrorKind::Config, "selector, column " + std::to_string(at + 1) + ": " + what};
  }
  void blanks() {
    while (at_ < text_.size() && std::string_view(" \t\r\n").find(text_[at_]) != text_.npos)
      ++at_;
  }
  bool take(std::string_view token) {
    blanks();
    if (text_.substr(at_, token.size()) != token) return false;
    at_ += token.size();
    return true;
  }

  Result<Condition> label_matcher() {
    blanks();
    Condition out;
    const std::size_t start = at_;
    const auto part_of_name = [&] {
      const char c = text_[at_];
      const bool digit = c >= '0' && c <= '9';
      // Letters of any script: the bytes beyond ASCII.
      return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
             (static_cast<unsigned char>(c) & 0x80U) != 0 || (digit && at_ > start);
    };
    while (at_ < text_.size() && part_of_name())
      ++at_;
    out.name = text_.substr(start, at_ - start);
    if (out.name.empty()) return fail("a label name is asked here");
    if (take("=~")) {
      out.test = Test::Matches;
    } else if (take("!~")) {
      out.test = Test::MatchesNot;
    } else if (take("!=")) {
      out.test = Test::IsNot;
    } else if (!take("=")) {
      return fail("one of = != =~ !~ is asked here");
    }
    if (Status read = operand(out, Pattern::Anchor::Both); !read) return read.error();
    return out;
  }

  Result<Condition> line_filter() {
    Condition out;
    if (take("|=")) {
      out.test = Test::Is;
    } else if (take("!=")) {
      out.test = Test::IsNot;
    } else if (take("|~")) {
      out.test = Test::Matches;
    } else if (take("!~")) {
      out.test = Test::MatchesNot;
    } else {
      return fail("one of |= != |~ !~ is asked here");
    }
    if (Status read = operand(out, Pattern::Anchor::None); !read) return read.error();
    return out;
  }

  Status operand(Condition& out, Pattern::Anchor anchor) {
    blanks();
    const std::size_t start = at_;
    auto text = string();
    if (!text) return text.error();
    out.text = std::move(*text);
    if (out.test == Test::Is || out.test == Test::IsNot) return {};
    auto pattern = Pattern::compile(out.text, anchor);
    if (!pattern) return fail_at(start, pattern.error().message);
    out.pattern = std::move(*pattern);
    return {};
  }

  Result<std::string> string() {
    const char quote = at_ < text_.size() ? text_[at_] : '\0';
    if (quote != '"' && quote != '`') return fail("a text in double quotes is asked here");
    std::string out;
    if (const Status read = codec::read_go_text(text_, at_, out); !read)
      return fail(read.error().message);
    return out;
  }

  std::string_view text_;
  std::size_t at_ = 0;
};

bool Selector::Condition::holds(std::string_view value, bool whole) const {
  switch (test) {
    case Test::Is:
    case Test::IsNot: {
      const bool is = whole ? value == text : value.find(text) != std::string_view::npos;
      return is == (test == Test::Is);
    }
    case Test::Matches:
    case Test::MatchesNot:
      return pattern->matches(value) == (test == Test::Matches);
  }
  return false;
}

Result<Selector> Selector::parse(std::string_view text) { return SelectorParser(text).parse(); }

bool Selector::matches(const model::Labels& labels, std::string_view line) const {
  return std::all_of(labels_.begin(), labels_.end(),
                     [&](const Condition& c) { return c.holds(labels.get(c.name), true); }) &&
         std::all_of(line_.begin(), line_.end(),
                     [&](const Condition& c) { return c.holds(line, false); });
}

}  // namespace agent::logs
