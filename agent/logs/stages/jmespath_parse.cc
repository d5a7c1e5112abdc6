// The parser of JMESPath: top-down operator precedence, as the grammar's own reference does it.
#include <array>
#include <charconv>

#include "agent/codec/json.h"
#include "agent/logs/stages/jmespath_node.h"

namespace agent::logs::jmespath {
namespace {

constexpr int kMaxDepth = 200;
constexpr std::size_t kMaxLexemes = 2000;  // bounds the depth of a chain such as a.b.c.d

enum class Token : std::uint8_t {
  End,
  Name,
  QuotedName,
  Number,
  Literal,
  Dot,
  Star,
  Flatten,  // []
  Filter,   // [?
  LeftBracket,
  RightBracket,
  LeftBrace,
  RightBrace,
  LeftParen,
  RightParen,
  Comma,
  Colon,
  Pipe,
  Or,
  And,
  Not,
  Comparison,
  Current,
  Expression,  // &
};

// How tightly a token binds to what stands before it.
int power(Token token) {
  switch (token) {
    case Token::Pipe:
      return 1;
    case Token::Or:
      return 2;
    case Token::And:
      return 3;
    case Token::Comparison:
      return 5;
    case Token::Flatten:
      return 9;
    case Token::Star:
      return 20;
    case Token::Filter:
      return 21;
    case Token::Dot:
      return 40;
    case Token::Not:
      return 45;
    case Token::LeftBrace:
      return 50;
    case Token::LeftBracket:
      return 55;
    case Token::LeftParen:
      return 60;
    default:
      return 0;
  }
}
constexpr int kProjectionStop = 10;

struct Lexeme {
  Token token = Token::End;
  std::size_t at = 0;
  std::string text;
  std::int64_t number = 0;
  codec::JsonValue literal;
};

bool is_name_start(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }

Error fail(std::size_t at, const std::string& what) {
  return {ErrorKind::Config, "column " + std::to_string(at + 1) + ": " + what};
}

class Lexer {
 public:
  Lexer(std::string_view text, codec::JsonPool& pool) : text_(text), pool_(pool) {}

  Result<std::vector<Lexeme>> run() {
    std::vector<Lexeme> out;
    while (true) {
      while (at_ < text_.size() && std::string_view(" \t\r\n").find(text_[at_]) != text_.npos)
        ++at_;
      if (out.size() > kMaxLexemes) return fail(at_, "the expression is too long");
      Lexeme lexeme;
      lexeme.at = at_;
      if (at_ == text_.size()) {
        out.push_back(std::move(lexeme));
        return out;
      }
      if (const Status read = next(lexeme); !read) return read.error();
      out.push_back(std::move(lexeme));
    }
  }

 private:
  Status next(Lexeme& out) {
    const char c = text_[at_];
    if (is_name_start(c)) {
      std::size_t end = at_;
      while (end < text_.size() && (is_name_start(text_[end]) || is_digit(text_[end])))
        ++end;
      out.token = Token::Name;
      out.text = text_.substr(at_, end - at_);
      at_ = end;
      return {};
    }
    if (is_digit(c) || c == '-') return number(out);
    if (c == '"' || c == '\'' || c == '`') return quoted(out, c);
    return symbol(out);
  }

  Status number(Lexeme& out) {
    const char* end = text_.data() + text_.size();
    const auto parsed = std::from_chars(text_.data() + at_, end, out.number);
    if (parsed.ec != std::errc()) return fail(at_, "a number is asked here");
    out.token = Token::Number;
    at_ = static_cast<std::size_t>(parsed.ptr - text_.data());
    return {};
  }

  Status quoted(Lexeme& out, char quote) {
    std::size_t end = at_ + 1;
    while (end < text_.size() && text_[end] != quote)
      end += text_[end] == '\\' ? 2 : 1;
    if (end >= text_.size()) return fail(at_, "this has no closing quote");
    std::string inside(text_.substr(at_ + 1, end - at_ - 1));
    const std::size_t start = at_;
    at_ = end + 1;
    if (quote == '\'') {
      unescape(inside, '\'');
      out.token = Token::Literal;
      out.literal = codec::JsonValue::of(pool_.copy(inside));
      return {};
    }
    if (quote == '`') unescape(inside, '`');
    const std::string json = quote == '"' ? "\"" + inside + "\"" : inside;
    const auto value = codec::parse_json(pool_.copy(json), pool_);
    if (!value) return fail(start, quote == '"' ? "a bad escape" : "a literal has to be JSON");
    out.token = quote == '"' ? Token::QuotedName : Token::Literal;
    out.literal = *value;
    if (quote == '"') out.text = value->text();
    return {};
  }

  static void unescape(std::string& text, char quote) {
    const std::string escaped{'\\', quote};
    for (std::size_t at = text.find(escaped); at != std::string::npos;
         at = text.find(escaped, at + 1))
      text.erase(at, 1);
  }

  Status symbol(Lexeme& out) {
    struct Symbol {
      std::string_view text;
      Token token;
    };
    // Longer ones first.
    constexpr std::array kSymbols = {
        Symbol{"[]", Token::Flatten},    Symbol{"[?", Token::Filter},
        Symbol{"||", Token::Or},         Symbol{"&&", Token::And},
        Symbol{"==", Token::Comparison}, Symbol{"!=", Token::Comparison},
        Symbol{"<=", Token::Comparison}, Symbol{">=", Token::Comparison},
        Symbol{"<", Token::Comparison},  Symbol{">", Token::Comparison},
        Symbol{".", Token::Dot},         Symbol{"*", Token::Star},
        Symbol{"[", Token::LeftBracket}, Symbol{"]", Token::RightBracket},
        Symbol{"{", Token::LeftBrace},   Symbol{"}", Token::RightBrace},
        Symbol{"(", Token::LeftParen},   Symbol{")", Token::RightParen},
        Symbol{",", Token::Comma},       Symbol{":", Token::Colon},
        Symbol{"|", Token::Pipe},        Symbol{"!", Token::Not},
        Symbol{"@", Token::Current},     Symbol{"&", Token::Expression},
    };
    for (const Symbol& symbol : kSymbols) {
      if (!text_.substr(at_).starts_with(symbol.text)) continue;
      out.token = symbol.token;
      out.text = symbol.text;
      at_ += symbol.text.size();
      return {};
    }
    return fail(at_, "this character has no meaning here");
  }

  std::string_view text_;
  codec::JsonPool& pool_;
  std::size_t at_ = 0;
};

NodePtr make(Kind kind) { return std::make_unique<Node>(kind); }

NodePtr make(Kind kind, NodePtr first) {
  auto out = make(kind);
  out->children.push_back(std::move(first));
  return out;
}

NodePtr make(Kind kind, NodePtr first, NodePtr second) {
  auto out = make(kind, std::move(first));
  out->children.push_back(std::move(second));
  return out;
}

class Parser {
 public:
  explicit Parser(std::vector<Lexeme> lexemes) : lexemes_(std::move(lexemes)) {}

  Result<NodePtr> parse() {
    auto out = expression(0);
    if (out == nullptr) return error();
    if (current().token != Token::End) return fail(current().at, "this is too much");
    return out;
  }

 private:
  // A null pointer is an error that was noted by stop().
  NodePtr stop(const std::string& what) {
    if (!error_) error_ = fail(current().at, what);
    return nullptr;
  }
  Error error() const {
    return error_ ? *error_ : Error{ErrorKind::Config, "the expression is empty"};
  }
  const Lexeme& current() const { return lexemes_[at_]; }
  Token ahead(std::size_t by) const {
    return lexemes_[std::min(at_ + by, lexemes_.size() - 1)].token;
  }
  Lexeme advance() {
    Lexeme out = lexemes_[at_];
    if (at_ + 1 < lexemes_.size()) ++at_;
    return out;
  }
  bool take(Token token) {
    if (current().token != token) return false;
    advance();
    return true;
  }

  NodePtr expression(int binding) {
    if (++depth_ > kMaxDepth) return stop("it is nested too deeply");
    NodePtr left = prefix(advance());
    while (left != nullptr && binding < power(current().token))
      left = infix(std::move(left));
    --depth_;
    return left;
  }

  NodePtr field(const Lexeme& lexeme) {
    auto out = make(Kind::Field);
    out->text = lexeme.text;
    return out;
  }

  NodePtr prefix(const Lexeme& lexeme) {
    switch (lexeme.token) {
      case Token::Name:
        return current().token == Token::LeftParen ? call(lexeme.text) : field(lexeme);
      case Token::QuotedName:
        if (current().token == Token::LeftParen) return stop("a function name is not quoted");
        return field(lexeme);
      case Token::Literal: {
        auto out = make(Kind::Literal);
        out->literal = lexeme.literal;
        return out;
      }
      case Token::Current:
        return make(Kind::Identity);
      case Token::Star:
        return star(make(Kind::Identity), Kind::ValueProjection);
      case Token::Filter:
        return filter(make(Kind::Identity));
      case Token::Flatten:
        return flatten(make(Kind::Identity));
      case Token::LeftBrace:
        return multi_hash();
      case Token::LeftBracket:
        return bracket_prefix();
      case Token::LeftParen: {
        auto out = expression(0);
        if (out != nullptr && !take(Token::RightParen)) return stop(") is asked here");
        return out;
      }
      case Token::Not: {
        auto inner = expression(power(Token::Not));
        return inner == nullptr ? nullptr : make(Kind::Not, std::move(inner));
      }
      case Token::Expression: {
        auto inner = expression(0);
        return inner == nullptr ? nullptr : make(Kind::Expression, std::move(inner));
      }
      default:
        if (!error_) error_ = fail(lexeme.at, "an expression is asked here");
        return nullptr;
    }
  }

  NodePtr infix(NodePtr left) {
    const Lexeme lexeme = advance();
    switch (lexeme.token) {
      case Token::Dot: {
        if (take(Token::Star)) return star_after_dot(std::move(left));
        auto right = dot_right(power(Token::Dot));
        return right == nullptr ? nullptr : make(Kind::Then, std::move(left), std::move(right));
      }
      case Token::Pipe:
        return two(Kind::Pipe, std::move(left), lexeme);
      case Token::Or:
        return two(Kind::Or, std::move(left), lexeme);
      case Token::And:
        return two(Kind::And, std::move(left), lexeme);
      case Token::Comparison:
        return two(Kind::Comparison, std::move(left), lexeme);
      case Token::Filter:
        return filter(std::move(left));
      case Token::Flatten:
        return flatten(std::move(left));
      case Token::LeftBracket:
        return bracket_infix(std::move(left));
      default:
        --at_;
        return stop("this is not expected here");
    }
  }

  NodePtr two(Kind kind, NodePtr left, const Lexeme& lexeme) {
    auto right = expression(power(lexeme.token));
    if (right == nullptr) return nullptr;
    auto out = make(kind, std::move(left), std::move(right));
    out->text = lexeme.text;
    return out;
  }

  NodePtr star(NodePtr left, Kind kind) {
    auto right = current().token == Token::RightBracket ? make(Kind::Identity)
                                                        : projected(power(Token::Star));
    return right == nullptr ? nullptr : make(kind, std::move(left), std::move(right));
  }

  NodePtr star_after_dot(NodePtr left) {
    auto right = projected(power(Token::Dot));
    return right == nullptr ? nullptr
                            : make(Kind::ValueProjection, std::move(left), std::move(right));
  }

  NodePtr flatten(NodePtr left) {
    auto right = projected(power(Token::Flatten));
    if (right == nullptr) return nullptr;
    return make(Kind::Projection, make(Kind::Flatten, std::move(left)), std::move(right));
  }

  NodePtr filter(NodePtr left) {
    auto condition = expression(0);
    if (condition == nullptr) return nullptr;
    if (!take(Token::RightBracket)) return stop("] is asked here");
    auto right =
        current().token == Token::Flatten ? make(Kind::Identity) : projected(power(Token::Filter));
    if (right == nullptr) return nullptr;
    auto out = make(Kind::FilterProjection, std::move(left), std::move(right));
    out->children.push_back(std::move(condition));
    return out;
  }

  // The right side of a projection, applied to each element.
  NodePtr projected(int binding) {
    const Token token = current().token;
    if (power(token) < kProjectionStop) return make(Kind::Identity);
    if (token == Token::LeftBracket || token == Token::Filter) return expression(binding);
    if (take(Token::Dot)) return dot_right(binding);
    return stop("this is not expected here");
  }

  NodePtr dot_right(int binding) {
    switch (current().token) {
      case Token::Name:
      case Token::QuotedName:
      case Token::Star:
        return expression(binding);
      case Token::LeftBracket:
        advance();
        return multi_list();
      case Token::LeftBrace:
        advance();
        return multi_hash();
      default:
        return stop("a name, *, [ or { is asked behind a dot");
    }
  }

  NodePtr bracket_prefix() {
    if (current().token == Token::Number || current().token == Token::Colon)
      return index(make(Kind::Identity));
    if (current().token == Token::Star && ahead(1) == Token::RightBracket) {
      advance();
      advance();
      return star_list(make(Kind::Identity));
    }
    return multi_list();
  }

  NodePtr bracket_infix(NodePtr left) {
    if (current().token == Token::Number || current().token == Token::Colon)
      return index(std::move(left));
    if (!take(Token::Star) || !take(Token::RightBracket))
      return stop("an index, a slice or * is asked in brackets");
    return star_list(std::move(left));
  }

  NodePtr star_list(NodePtr left) {
    auto right = projected(power(Token::Star));
    return right == nullptr ? nullptr : make(Kind::Projection, std::move(left), std::move(right));
  }

  // [n], [n:m:s]; the bracket is taken already.
  NodePtr index(NodePtr left) {
    std::array<std::optional<std::int64_t>, 3> parts;
    std::size_t part = 0;
    while (current().token != Token::RightBracket) {
      if (current().token == Token::Colon && part < 2) {
        ++part;
      } else if (current().token == Token::Number && !parts[part]) {
        parts[part] = current().number;
      } else {
        return stop("a number, : or ] is asked here");
      }
      advance();
    }
    advance();
    if (part == 0) {
      auto at = make(Kind::Index);
      at->number = parts[0].value_or(0);
      return make(Kind::Then, std::move(left), std::move(at));
    }
    auto slice = make(Kind::Slice);
    slice->slice = {parts[0], parts[1], parts[2].value_or(1)};
    auto right = projected(power(Token::Star));
    if (right == nullptr) return nullptr;
    return make(Kind::Projection, make(Kind::Then, std::move(left), std::move(slice)),
                std::move(right));
  }

  NodePtr multi_list() {
    auto out = make(Kind::MultiList);
    do {
      auto item = expression(0);
      if (item == nullptr) return nullptr;
      out->children.push_back(std::move(item));
    } while (take(Token::Comma));
    if (!take(Token::RightBracket)) return stop("a comma or ] is asked here");
    return out;
  }

  NodePtr multi_hash() {
    auto out = make(Kind::MultiHash);
    do {
      if (current().token != Token::Name && current().token != Token::QuotedName)
        return stop("a name is asked here");
      out->names.push_back(advance().text);
      if (!take(Token::Colon)) return stop(": is asked here");
      auto item = expression(0);
      if (item == nullptr) return nullptr;
      out->children.push_back(std::move(item));
    } while (take(Token::Comma));
    if (!take(Token::RightBrace)) return stop("a comma or } is asked here");
    return out;
  }

  NodePtr call(const std::string& name) {
    advance();
    auto out = make(Kind::Call);
    out->text = name;
    if (take(Token::RightParen)) return out;
    do {
      auto argument = expression(0);
      if (argument == nullptr) return nullptr;
      out->children.push_back(std::move(argument));
    } while (take(Token::Comma));
    if (!take(Token::RightParen)) return stop("a comma or ) is asked here");
    return out;
  }

  std::vector<Lexeme> lexemes_;
  std::size_t at_ = 0;
  int depth_ = 0;
  std::optional<Error> error_;
};

}  // namespace

Result<NodePtr> parse(std::string_view expression, codec::JsonPool& pool) {
  auto lexemes = Lexer(expression, pool).run();
  if (!lexemes) return lexemes.error();
  return Parser(std::move(*lexemes)).parse();
}

}  // namespace agent::logs::jmespath
