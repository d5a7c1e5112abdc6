#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "agent/base/result.h"
#include "agent/logs/stages/template/node.h"

namespace agent::logs::templates {

/// From tokens to trees. parser.cc reads actions, parse_pipe.cc what stands in them. Every problem
/// is an error of kind Config, "LINE:COLUMN: what".
class Parser {
 public:
  explicit Parser(std::vector<Token> tokens) : tokens_(std::move(tokens)) {}

  /// All templates of the text, the main one first.
  Result<std::vector<Definition>> run();

 private:
  // Variables and loops of the template that is being read.
  struct Scope {
    std::vector<std::string> variables{"$"};
    std::size_t most_slots = 1;
    int loops = 0;
  };
  // What ended a list of nodes.
  enum class Stop { End, Else, EndOfText };

  const Token& peek() const { return tokens_[at_]; }
  const Token& next();
  bool at(TokenKind kind);
  bool at_word(std::string_view word);
  Status expect(TokenKind kind, std::string_view context);
  Error unexpected(std::string_view context) const;
  Status go_deeper();

  Status parse_nodes(std::vector<Node>& out, Stop& stop);
  Status parse_action(std::vector<Node>& out, Stop& stop, bool& stopped);
  Status parse_keyword(std::string_view word, Node& node, bool& is_keyword);
  Status parse_control(Node& node, NodeKind kind, std::string_view context);
  Status parse_otherwise(Node& node, NodeKind kind, std::string_view context);
  Status parse_jump(Node& node, NodeKind kind, std::string_view word);
  Status parse_template(Node& node);
  Status parse_block(Node& node);
  Status parse_definition();
  Status parse_name(std::string& name, std::string_view context);
  Status parse_body(Definition& definition, std::string_view context);
  Status add(Definition definition, const Place& place);

  Status parse_pipe(Pipe& out, TokenKind end, std::string_view context);
  Status parse_declarations(Pipe& out, std::string_view context);
  Status bind(Pipe& out, const std::vector<std::string_view>& names, bool declares);
  Status parse_command(Pipe& pipe, std::string_view context);
  Status parse_operand(Operand& out, bool& found);
  Status parse_term(Operand& out, bool& found);
  Status parse_word(Operand& out);
  Status parse_variable(Operand& out);
  Status parse_group(Operand& out);
  Status parse_constant(Operand& out);
  Status take_fields(Operand& out);
  std::size_t declare(std::string_view name);
  std::size_t find_variable(std::string_view name) const;

  std::vector<Token> tokens_;
  std::size_t at_ = 0;
  Scope scope_;
  int depth_ = 0;
  bool out_of_definition_ = true;
  std::vector<Definition> out_;
};

}  // namespace agent::logs::templates
