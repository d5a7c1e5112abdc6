// Values of a tree: pipes, commands, operands, arguments, fields.
#include "agent/logs/stages/template/tree_walk.h"

namespace agent::logs::templates {
namespace {

constexpr std::string_view kNotAFunction = "arguments are given to what is no function";
constexpr std::string_view kNotAMethod = "arguments are given to what is no method";
constexpr std::string_view kWrongCount = "wrong number of arguments";

bool takes(const Function& function, std::size_t count) {
  const std::size_t fixed = function.fixed_parameters();
  return function.is_variadic() ? count >= fixed : count == fixed;
}

}  // namespace

Value TreeWalk::evaluate(const Pipe& pipe, const Value& dot) {
  if (depth_ == kMaxDepth) return fail_at(pipe.commands[0].operands[0].place, kTooDeep);
  ++depth_;
  Value value;
  for (const Command& command : pipe.commands) {
    const bool is_first = &command == pipe.commands.data();
    const Value last = value;
    value = evaluate(command, dot, is_first ? nullptr : &last);
    if (run_.failed()) return {};
    // A null that comes out of a command is no value.
    if (value.is(Type::Nil)) value = Value();
  }
  --depth_;
  if (pipe.is_undefined) return fail_at(pipe.commands[0].operands[0].place, "undefined variable");
  for (const std::size_t slot : pipe.slots)
    variable(slot) = value;
  return value;
}

Value TreeWalk::evaluate(const Command& command, const Value& dot, const Value* last) {
  if (!run_.step()) return fail_at(command.operands[0].place, {});
  const Operand& first = command.operands[0];
  const auto arguments = std::span<const Operand>(command.operands).subspan(1);
  if (first.kind == OperandKind::Nil) return fail_at(first.place, "nil is no command");
  if (first.kind == OperandKind::Function && first.fields.empty())
    return call(*first.function, first.place, nullptr, {arguments, last}, dot);
  if (arguments.empty() && last == nullptr) return evaluate_operand(first, dot);
  if (first.fields.empty()) return fail_at(first.place, kNotAFunction);
  // Only a method can take them.
  const Value owner = evaluate_operand(first, dot, first.fields.size() - 1);
  if (run_.failed() || owner.is(Type::Missing)) return {};
  const Function* method = find_method(owner.type(), first.fields.back());
  if (method == nullptr) return fail_at(first.place, kNotAMethod);
  return call(*method, first.place, &owner, {arguments, last}, dot);
}

Value TreeWalk::evaluate_operand(const Operand& operand, const Value& dot,
                                 std::size_t field_count) {
  Value value;
  switch (operand.kind) {
    case OperandKind::Dot:
      return dot;
    case OperandKind::Field:
      value = dot;
      break;
    case OperandKind::Variable:
      value = variable(operand.slot);
      break;
    case OperandKind::Function:
      value = call(*operand.function, operand.place, nullptr, {}, dot);
      break;
    case OperandKind::Group:
      value = evaluate(*operand.group, dot);
      break;
    default:
      return constant(operand);
  }
  for (std::size_t i = 0; i < std::min(field_count, operand.fields.size()); ++i) {
    if (run_.failed()) return {};
    value = field_of(operand, value, operand.fields[i], dot);
  }
  return value;
}

Value TreeWalk::field_of(const Operand& operand, const Value& value, const std::string& name,
                         const Value& dot) {
  switch (value.type()) {
    case Type::Missing:
      return {};
    case Type::Root: {
      if (!root_.is(Type::Missing)) return field_of(operand, root_, name, dot);
      const auto found = fields_.find(name);
      return found ? Value::of(*found) : Value();
    }
    case Type::AnyDict:
    case Type::StringDict: {
      const Value* found = value.dict().find(name);
      return found == nullptr ? Value() : *found;
    }
    case Type::Nil:
      return fail_at(operand.place, "a null has no fields");
    default:
      break;
  }
  const Function* method = find_method(value.type(), name);
  if (method == nullptr) return fail_at(operand.place, "this value has no such field");
  return call(*method, operand.place, &value, {}, dot);
}

Value TreeWalk::constant(const Operand& operand) {
  switch (operand.kind) {
    case OperandKind::Boolean:
      return Value::of(operand.boolean);
    case OperandKind::Text:
      return Value::of(std::string_view(operand.text));
    case OperandKind::Number:
      if (operand.number.is_written_as_float) return Value::of(operand.number.number);
      if (operand.number.is_too_large) return fail_at(operand.place, "the number overflows int");
      return Value::integer(operand.number.integer);
    default:
      return Value::nil();
  }
}

// Calls with `owner` (of a method, else null), the operands and what came through the pipe. The
// arguments lie on a stack of their own: those of the operands come and go meanwhile.
Value TreeWalk::call(const Function& function, const Place& place, const Value* owner,
                     const Passed& passed, const Value& dot) {
  const std::size_t count = passed.operands.size() + (passed.last == nullptr ? 0 : 1);
  if (!takes(function, count)) return fail_at(place, kWrongCount);
  if (&function == &kAnd || &function == &kOr) return decide(function, passed, dot);
  const std::size_t base = arguments_.size();
  if (owner != nullptr) arguments_.push_back(*owner);
  for (const Operand& operand : passed.operands) {
    const auto index = static_cast<std::size_t>(&operand - passed.operands.data());
    const Value value = argument(operand, function.parameter(index), dot);
    if (run_.failed()) {
      place_failure(operand.place);
      return {};
    }
    arguments_.push_back(value);
  }
  if (passed.last != nullptr)
    arguments_.push_back(checked(*passed.last, function.parameter(passed.operands.size())));
  if (run_.failed()) return fail_at(place, {});
  const Value out = function.call(run_, Arguments(arguments_).subspan(base));
  arguments_.resize(base);
  if (run_.failed()) place_failure(place);
  return out;
}

// `and` and `or` give the argument that decides, and leave the others alone.
Value TreeWalk::decide(const Function& function, const Passed& passed, const Value& dot) {
  Value value;
  for (const Operand& operand : passed.operands) {
    value = argument(operand, Parameter::Any, dot);
    if (run_.failed() || is_true(value) == (&function == &kOr)) return value;
  }
  return passed.last == nullptr ? value : checked(*passed.last, Parameter::Any);
}

Value TreeWalk::argument(const Operand& operand, Parameter parameter, const Value& dot) {
  switch (operand.kind) {
    case OperandKind::Nil:
      if (parameter == Parameter::Any) return Value::nil();
      return checked({}, parameter);
    case OperandKind::Boolean:
    case OperandKind::Text:
    case OperandKind::Number:
      break;
    default: {
      const Value value = evaluate_operand(operand, dot);
      return run_.failed() ? Value() : checked(value, parameter);
    }
  }
  // Constants take the type that is asked for.
  const bool is_number = operand.kind == OperandKind::Number;
  if (parameter == Parameter::Integer && is_number && operand.number.is_integer)
    return Value::integer(operand.number.integer);
  if (parameter == Parameter::Float && is_number) return Value::of(operand.number.number);
  return checked(constant(operand), parameter);
}

// `value` as an argument of that kind.
Value TreeWalk::checked(const Value& value, Parameter parameter) {
  if (parameter == Parameter::Any) return value.is(Type::Missing) ? Value::nil() : gathered(value);
  if (value.is(Type::Missing)) {
    if (parameter == Parameter::Map) return run_.new_dict();
    return run_.fail("there is no value where one is needed");
  }
  switch (parameter) {
    case Parameter::Text:
      return value.is(Type::String) ? value : run_.fail("a text is needed here");
    case Parameter::Integer:
      return value.is(Type::Int) ? value : run_.fail("an int is needed here");
    case Parameter::Float:
      return value.is(Type::Float64) ? value : run_.fail("a float64 is needed here");
    case Parameter::Boolean:
      return value.is(Type::Bool) ? value : run_.fail("a boolean is needed here");
    case Parameter::Time:
      return value.is(Type::Time) ? value : run_.fail("a time is needed here");
    default:
      break;
  }
  const Value map = gathered(value);
  return map.is(Type::AnyDict) ? map : run_.fail("a map of any values is needed here");
}

Value TreeWalk::gathered(const Value& value) {
  if (!value.is(Type::Root)) return value;
  if (!root_.is(Type::Missing)) return root_;
  const Value map = run_.new_dict(fields_.are_typed_as_text() ? Type::StringDict : Type::AnyDict);
  if (run_.failed()) return {};
  for (const auto& [name, text] : fields_.all())
    if (!run_.set(map.dict(), name, Value::of(text))) return {};
  root_ = map;
  return map;
}

}  // namespace agent::logs::templates
