#include "agent/logs/stages/template/parser.h"

#include <algorithm>
#include <utility>

#include "agent/logs/stages/template/literal.h"

namespace agent::logs::templates {
namespace {

// Deepest nesting of actions and parentheses; every `else if` counts.
constexpr int kMaxDepth = 500;
// What Promtail calls the main template: it may call itself by that name.
constexpr const char* kMainName = "pipeline_template";

// Blank text is all there is.
bool is_empty(const std::vector<Node>& nodes) {
  return std::all_of(nodes.begin(), nodes.end(), [](const Node& node) {
    return node.kind == NodeKind::Text &&
           node.text.find_first_not_of(" \t\r\n") == std::string::npos;
  });
}

}  // namespace

const Token& Parser::next() {
  const Token& token = tokens_[at_];
  if (at_ + 1 < tokens_.size()) ++at_;
  return token;
}

bool Parser::at(TokenKind kind) {
  while (kind != TokenKind::Space && peek().kind == TokenKind::Space)
    next();
  return peek().kind == kind;
}

bool Parser::at_word(std::string_view word) {
  return at(TokenKind::Identifier) && peek().text == word;
}

Status Parser::expect(TokenKind kind, std::string_view context) {
  if (!at(kind)) return unexpected(context);
  next();
  return {};
}

Error Parser::unexpected(std::string_view context) const {
  const Token& token = peek();
  const std::string what =
      token.kind == TokenKind::End ? "end of the template" : "\"" + std::string(token.text) + "\"";
  return error_at(token.place, "unexpected " + what + " in " + std::string(context));
}

Status Parser::go_deeper() {
  if (++depth_ > kMaxDepth) return error_at(peek().place, "nested too deep");
  return {};
}

Result<std::vector<Definition>> Parser::run() {
  Definition main;
  main.name = kMainName;
  Stop stop = Stop::EndOfText;
  if (const Status parsed = parse_nodes(main.body, stop); !parsed) return parsed.error();
  if (stop != Stop::EndOfText)
    return error_at(tokens_[at_ - 1].place,
                    stop == Stop::End ? "unexpected {{end}}" : "unexpected {{else}}");
  main.slots = scope_.most_slots;
  out_.insert(out_.begin(), std::move(main));
  return std::move(out_);
}

Status Parser::parse_nodes(std::vector<Node>& out, Stop& stop) {
  if (Status deeper = go_deeper(); !deeper) return deeper;
  bool stopped = false;
  while (!stopped) {
    const Token token = next();
    if (token.kind == TokenKind::End) {
      stop = Stop::EndOfText;
      break;
    }
    if (token.kind == TokenKind::Text) {
      out.emplace_back();
      out.back().text = token.text;
      continue;
    }
    if (Status parsed = parse_action(out, stop, stopped); !parsed) return parsed;
  }
  --depth_;
  return {};
}

// What stands behind {{.
Status Parser::parse_action(std::vector<Node>& out, Stop& stop, bool& stopped) {
  if (at_word("end")) {
    next();
    stop = Stop::End;
    stopped = true;
    return expect(TokenKind::RightDelimiter, "end");
  }
  if (at_word("else")) {
    next();
    stop = Stop::Else;
    stopped = true;
    // `else if` and `else with` go on in the same action.
    if (at_word("if") || at_word("with")) return {};
    return expect(TokenKind::RightDelimiter, "else");
  }
  if (depth_ == 1 && out_of_definition_ && at_word("define")) return parse_definition();
  Node node;
  at(TokenKind::End);
  node.place = peek().place;
  bool is_keyword = false;
  if (peek().kind == TokenKind::Identifier)
    if (Status parsed = parse_keyword(peek().text, node, is_keyword); !parsed) return parsed;
  if (!is_keyword) {
    node.kind = NodeKind::Action;
    node.pipe = std::make_unique<Pipe>();
    if (Status parsed = parse_pipe(*node.pipe, TokenKind::RightDelimiter, "command"); !parsed)
      return parsed;
  }
  out.push_back(std::move(node));
  return {};
}

Status Parser::parse_keyword(std::string_view word, Node& node, bool& is_keyword) {
  is_keyword = true;
  if (word == "if") return parse_control(node, NodeKind::If, word);
  if (word == "with") return parse_control(node, NodeKind::With, word);
  if (word == "range") return parse_control(node, NodeKind::Range, word);
  if (word == "break") return parse_jump(node, NodeKind::Break, word);
  if (word == "continue") return parse_jump(node, NodeKind::Continue, word);
  if (word == "template") return parse_template(node);
  if (word == "block") return parse_block(node);
  is_keyword = false;
  return {};
}

Status Parser::parse_control(Node& node, NodeKind kind, std::string_view context) {
  next();
  node.kind = kind;
  node.pipe = std::make_unique<Pipe>();
  const std::size_t variables = scope_.variables.size();
  if (Status parsed = parse_pipe(*node.pipe, TokenKind::RightDelimiter, context); !parsed)
    return parsed;
  const int loop = kind == NodeKind::Range ? 1 : 0;
  scope_.loops += loop;
  Stop stop = Stop::End;
  if (Status parsed = parse_nodes(node.body, stop); !parsed) return parsed;
  scope_.loops -= loop;
  if (stop == Stop::Else)
    if (Status parsed = parse_otherwise(node, kind, context); !parsed) return parsed;
  if (stop == Stop::EndOfText) return unexpected(context);
  scope_.variables.resize(variables);
  return {};
}

Status Parser::parse_otherwise(Node& node, NodeKind kind, std::string_view context) {
  const bool continues =
      (kind == NodeKind::If && at_word("if")) || (kind == NodeKind::With && at_word("with"));
  if (continues) {
    node.otherwise.emplace_back();
    node.otherwise.back().place = peek().place;
    if (Status deeper = go_deeper(); !deeper) return deeper;
    Status parsed = parse_control(node.otherwise.back(), kind, context);
    --depth_;
    return parsed;
  }
  // An `else` that was closed lies behind us; anything else here is an `else if` of a `with`.
  if (tokens_[at_ - 1].kind != TokenKind::RightDelimiter) return unexpected("else");
  Stop stop = Stop::End;
  if (Status parsed = parse_nodes(node.otherwise, stop); !parsed) return parsed;
  if (stop == Stop::Else) return error_at(tokens_[at_ - 1].place, "expected end; found {{else}}");
  if (stop == Stop::EndOfText) return unexpected(context);
  return {};
}

Status Parser::parse_jump(Node& node, NodeKind kind, std::string_view word) {
  next();
  node.kind = kind;
  if (scope_.loops == 0)
    return error_at(node.place, "{{" + std::string(word) + "}} outside {{range}}");
  return expect(TokenKind::RightDelimiter, word);
}

Status Parser::parse_name(std::string& name, std::string_view context) {
  if (!at(TokenKind::Quoted) && !at(TokenKind::RawText)) return unexpected(context);
  const Token& token = next();
  auto text = unquote(token.text);
  if (!text) return error_at(token.place, "invalid syntax in a text");
  name = std::move(*text);
  return {};
}

Status Parser::parse_template(Node& node) {
  next();
  node.kind = NodeKind::Template;
  if (Status parsed = parse_name(node.text, "template clause"); !parsed) return parsed;
  if (at(TokenKind::RightDelimiter)) {
    next();
    return {};
  }
  node.pipe = std::make_unique<Pipe>();
  return parse_pipe(*node.pipe, TokenKind::RightDelimiter, "template clause");
}

// A block defines a template and calls it.
Status Parser::parse_block(Node& node) {
  next();
  node.kind = NodeKind::Template;
  if (Status parsed = parse_name(node.text, "block clause"); !parsed) return parsed;
  node.pipe = std::make_unique<Pipe>();
  if (Status parsed = parse_pipe(*node.pipe, TokenKind::RightDelimiter, "block clause"); !parsed)
    return parsed;
  Definition definition;
  definition.name = node.text;
  if (Status parsed = parse_body(definition, "block clause"); !parsed) return parsed;
  return add(std::move(definition), node.place);
}

Status Parser::parse_definition() {
  const Place place = next().place;
  Definition definition;
  if (Status parsed = parse_name(definition.name, "define clause"); !parsed) return parsed;
  if (Status closed = expect(TokenKind::RightDelimiter, "define clause"); !closed) return closed;
  if (Status parsed = parse_body(definition, "define clause"); !parsed) return parsed;
  return add(std::move(definition), place);
}

// The nodes up to {{end}}, with variables of their own.
Status Parser::parse_body(Definition& definition, std::string_view context) {
  Scope outer = std::exchange(scope_, Scope());
  const bool was_outside = std::exchange(out_of_definition_, false);
  Stop stop = Stop::End;
  if (Status parsed = parse_nodes(definition.body, stop); !parsed) return parsed;
  if (stop == Stop::EndOfText) return unexpected(context);
  if (stop == Stop::Else)
    return error_at(tokens_[at_ - 1].place, "unexpected {{else}} in " + std::string(context));
  definition.slots = scope_.most_slots;
  scope_ = std::move(outer);
  out_of_definition_ = was_outside;
  return {};
}

Status Parser::add(Definition definition, const Place& place) {
  const auto same = std::find_if(out_.begin(), out_.end(), [&](const Definition& other) {
    return other.name == definition.name;
  });
  if (same == out_.end()) {
    out_.push_back(std::move(definition));
  } else if (is_empty(same->body)) {
    *same = std::move(definition);
  } else if (!is_empty(definition.body)) {
    return error_at(place, "multiple definition of template \"" + definition.name + "\"");
  }
  return {};
}

}  // namespace agent::logs::templates
