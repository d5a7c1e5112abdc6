#pragma once
// The syntax tree of Go templates, between the parser and the evaluator.
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "agent/logs/stages/template/lexer.h"

namespace agent::logs::templates {

struct Function;
struct Pipe;

/// A constant number: Go decides by its use whether it is an integer.
struct Number {
  bool is_integer = false;
  bool is_written_as_float = false;  ///< with a point or an exponent
  bool is_too_large = false;         ///< for an int; usable as a float
  std::int64_t integer = 0;
  double number = 0;
};

enum class OperandKind : std::uint8_t {
  Dot,
  Nil,
  Boolean,
  Number,
  Text,
  Field,     ///< fields of `.`
  Variable,  ///< with fields behind it, or none
  Function,  ///< with fields of its result, or none
  Group,     ///< in parentheses, with fields of its result, or none
};

struct Operand {
  OperandKind kind = OperandKind::Dot;
  Place place;
  bool boolean = false;
  Number number;
  std::string text;  ///< of Text; the name of Variable
  std::vector<std::string> fields;
  std::size_t slot = 0;  ///< of Variable
  const Function* function = nullptr;
  std::unique_ptr<Pipe> group;
};

/// An operand with its arguments.
struct Command {
  std::vector<Operand> operands;
};

/// Commands from left to right; the result goes into variables.
struct Pipe {
  std::vector<std::size_t> slots;
  bool is_undefined = false;  ///< assigns to a variable that is not there
  std::vector<Command> commands;
};

enum class NodeKind : std::uint8_t { Text, Action, If, With, Range, Template, Break, Continue };

struct Node {
  NodeKind kind = NodeKind::Text;
  Place place;
  std::string text;  ///< of Text; the name of Template
  std::unique_ptr<Pipe> pipe;
  std::vector<Node> body;
  std::vector<Node> otherwise;
};

/// One template, the main one or one that `define` made.
/// No such variable.
inline constexpr std::size_t kNoSlot = static_cast<std::size_t>(-1);

struct Definition {
  std::string name;
  std::vector<Node> body;
  std::size_t slots = 1;  ///< most variables at once; the first is $
};

}  // namespace agent::logs::templates
