#pragma once
#include <vector>

#include "agent/logs/stages/template/functions.h"
#include "agent/logs/stages/template/node.h"
#include "agent/logs/stages/template/runtime.h"

namespace agent::logs::templates {

/// Room that the runs of one evaluator use again.
struct Stacks {
  std::vector<Value> variables;
  std::vector<Value> arguments;
  std::string out;
};

/// One run through a tree. Functions that return a Value return Missing once the run has failed.
class TreeWalk {
 public:
  TreeWalk(const std::vector<Definition>& definitions, const Fields& fields, Runtime& run,
           Stacks& stacks)
      : definitions_(definitions),
        fields_(fields),
        run_(run),
        stack_(stacks.variables),
        arguments_(stacks.arguments),
        out_(stacks.out) {}

  /// Writes the main template's output; false where it failed.
  bool walk();

 private:
  // Deepest nesting of actions, groups and templates at run time.
  static constexpr int kMaxDepth = 1000;
  enum class Flow { On, Break, Continue, Failed };

  // ---- actions (walk.cc)
  Flow walk_nodes(const std::vector<Node>& nodes, const Value& dot);
  Flow walk_node(const Node& node, const Value& dot);
  Flow walk_choice(const Node& node, const Value& dot);
  Flow walk_range(const Node& node, const Value& dot);
  Flow walk_items(const Node& node, std::span<const Value> items);
  Flow walk_members(const Node& node, Dict& dict);
  Flow walk_numbers(const Node& node, const Value& count);
  Flow walk_once(const Node& node, const Value& index, const Value& item);
  Flow walk_template(const Node& node, const Value& dot);
  bool enter(const Definition& definition, const Value& dot);
  void print(const Node& node, const Value& value);
  Value& variable(std::size_t slot) { return stack_[frame_ + slot]; }

  // ---- values (evaluate.cc)
  // What is passed to a function: operands, and what came through the pipe (null: nothing).
  struct Passed {
    std::span<const Operand> operands;
    const Value* last = nullptr;
  };
  Value evaluate(const Pipe& pipe, const Value& dot);
  Value evaluate(const Command& command, const Value& dot, const Value* last);
  Value evaluate_operand(const Operand& operand, const Value& dot,
                         std::size_t field_count = static_cast<std::size_t>(-1));
  Value field_of(const Operand& operand, const Value& value, const std::string& name,
                 const Value& dot);
  Value constant(const Operand& operand);
  Value call(const Function& function, const Place& place, const Value* owner, const Passed& passed,
             const Value& dot);
  Value decide(const Function& function, const Passed& passed, const Value& dot);
  Value argument(const Operand& operand, Parameter parameter, const Value& dot);
  Value checked(const Value& value, Parameter parameter);
  // `.` as a map, where it is still the line's names.
  Value gathered(const Value& value);
  Value fail_at(const Place& place, std::string_view what);
  void place_failure(const Place& place);

  const std::vector<Definition>& definitions_;
  const Fields& fields_;
  Runtime& run_;
  std::vector<Value>& stack_;
  std::vector<Value>& arguments_;
  std::string& out_;
  std::size_t frame_ = 0;
  int depth_ = 0;
  Value root_;  // gathered: Missing until it has to be
};

}  // namespace agent::logs::templates
