#include <algorithm>

#include "agent/logs/stages/template/functions.h"
#include "agent/logs/stages/template/literal.h"
#include "agent/logs/stages/template/parser.h"

namespace agent::logs::templates {
namespace {

constexpr std::string_view kKeywords[] = {"block", "break", "continue", "define",   "else",
                                          "end",   "if",    "range",    "template", "with"};

bool is_keyword(std::string_view word) {
  return std::find(std::begin(kKeywords), std::end(kKeywords), word) != std::end(kKeywords);
}

// What cannot stand at the start of a command behind a `|`.
bool is_constant(const Operand& operand) { return operand.kind <= OperandKind::Text; }

}  // namespace

std::size_t Parser::declare(std::string_view name) {
  scope_.variables.emplace_back(name);
  scope_.most_slots = std::max(scope_.most_slots, scope_.variables.size());
  return scope_.variables.size() - 1;
}

std::size_t Parser::find_variable(std::string_view name) const {
  std::size_t slot = scope_.variables.size();
  while (slot > 0 && scope_.variables[slot - 1] != name)
    --slot;
  return slot - 1;
}

// An assignment to what is not declared is an error of the run, as in Go; the name is known from
// here on all the same.
Status Parser::bind(Pipe& out, const std::vector<std::string_view>& names, bool declares) {
  for (const std::string_view name : names) {
    const std::size_t known = declares ? kNoSlot : find_variable(name);
    out.is_undefined |= !declares && known == kNoSlot;
    out.slots.push_back(known == kNoSlot ? declare(name) : known);
  }
  return {};
}

Status Parser::parse_pipe(Pipe& out, TokenKind end, std::string_view context) {
  if (Status parsed = parse_declarations(out, context); !parsed) return parsed;
  while (!at(end))
    if (Status parsed = parse_command(out, context); !parsed) return parsed;
  if (out.commands.empty())
    return error_at(peek().place, "missing value for " + std::string(context));
  for (std::size_t i = 1; i < out.commands.size(); ++i)
    if (const Operand& first = out.commands[i].operands[0]; is_constant(first))
      return error_at(first.place,
                      "non executable command in pipeline stage " + std::to_string(i + 1));
  next();
  return {};
}

// $x := / $x = / $i, $x := in front of the commands.
Status Parser::parse_declarations(Pipe& out, std::string_view context) {
  std::vector<std::string_view> names;
  while (at(TokenKind::Variable)) {
    const std::size_t start = at_;
    const Token variable = next();
    const bool declares = at(TokenKind::Declare);
    const bool assigns = at(TokenKind::Assign);
    if (!declares && !assigns && !at(TokenKind::Comma)) {
      at_ = start;  // it is an operand
      return {};
    }
    next();
    names.push_back(variable.text);
    if (declares || assigns) return bind(out, names, declares);
    if (context != "range" || names.size() > 1)
      return error_at(variable.place, "too many declarations in " + std::string(context));
    if (!at(TokenKind::Variable))
      return error_at(peek().place, "range can only initialize variables");
  }
  return {};
}

Status Parser::parse_command(Pipe& pipe, std::string_view context) {
  Command command;
  for (;;) {
    const bool separated = at(TokenKind::Space) || command.operands.empty();
    Operand operand;
    bool found = false;
    at(TokenKind::End);
    if (Status parsed = parse_operand(operand, found); !parsed) return parsed;
    if (!found) break;
    if (!separated) return error_at(operand.place, "expected a blank between two operands");
    command.operands.push_back(std::move(operand));
  }
  if (command.operands.empty()) return unexpected(context);
  pipe.commands.push_back(std::move(command));
  if (at(TokenKind::Pipe)) {
    next();
    return {};
  }
  if (at(TokenKind::RightDelimiter) || at(TokenKind::RightParen)) return {};
  return unexpected("operand");
}

Status Parser::parse_operand(Operand& out, bool& found) {
  if (Status parsed = parse_term(out, found); !parsed || !found) return parsed;
  if (peek().kind == TokenKind::Field && is_constant(out))
    return error_at(peek().place, "unexpected . behind a constant");
  return take_fields(out);
}

Status Parser::take_fields(Operand& out) {
  while (peek().kind == TokenKind::Field)
    out.fields.emplace_back(next().text.substr(1));
  return {};
}

Status Parser::parse_term(Operand& out, bool& found) {
  const Token& token = peek();
  out.place = token.place;
  found = true;
  switch (token.kind) {
    case TokenKind::Identifier:
      return parse_word(out);
    case TokenKind::Dot:
      next();
      return {};
    case TokenKind::Field:
      out.kind = OperandKind::Field;
      return {};
    case TokenKind::Variable:
      return parse_variable(out);
    case TokenKind::LeftParen:
      return parse_group(out);
    case TokenKind::Quoted:
    case TokenKind::RawText:
    case TokenKind::Rune:
    case TokenKind::Number:
      return parse_constant(out);
    default:
      found = false;
      return {};
  }
}

Status Parser::parse_word(Operand& out) {
  const std::string word(peek().text);
  if (is_keyword(word)) return unexpected("operand");
  next();
  if (word == "nil") {
    out.kind = OperandKind::Nil;
  } else if (word == "true" || word == "false") {
    out.kind = OperandKind::Boolean;
    out.boolean = word == "true";
  } else {
    out.kind = OperandKind::Function;
    out.function = find_function(word);
    if (out.function == nullptr) {
      const auto near = nearest_function_name(word);
      return error_at(
          out.place,
          "function \"" + word + "\" is not defined" +
              (near.empty() ? std::string() : "; did you mean \"" + std::string(near) + "\"?"));
    }
  }
  return {};
}

Status Parser::parse_variable(Operand& out) {
  const Token& token = next();
  out.kind = OperandKind::Variable;
  out.text = token.text;
  out.slot = find_variable(token.text);
  if (out.slot == kNoSlot) return error_at(token.place, "undefined variable \"" + out.text + "\"");
  return {};
}

Status Parser::parse_group(Operand& out) {
  if (Status deeper = go_deeper(); !deeper) return deeper;
  next();
  out.kind = OperandKind::Group;
  out.group = std::make_unique<Pipe>();
  Status parsed = parse_pipe(*out.group, TokenKind::RightParen, "parenthesized pipeline");
  --depth_;
  return parsed;
}

Status Parser::parse_constant(Operand& out) {
  const Token& token = next();
  if (token.kind == TokenKind::Quoted || token.kind == TokenKind::RawText) {
    out.kind = OperandKind::Text;
    auto text = unquote(token.text);
    if (!text) return error_at(token.place, "invalid syntax in a text");
    out.text = std::move(*text);
    return {};
  }
  out.kind = OperandKind::Number;
  const auto number =
      token.kind == TokenKind::Rune ? parse_rune(token.text) : parse_number(token.text);
  if (!number) return error_at(token.place, "illegal number: " + std::string(token.text));
  out.number = *number;
  return {};
}

}  // namespace agent::logs::templates
