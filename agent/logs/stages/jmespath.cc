#include "agent/logs/stages/jmespath.h"

#include <algorithm>

#include "agent/logs/stages/jmespath_node.h"

namespace agent::logs {
namespace jmespath {
namespace {

using Items = std::span<const Value>;

// A list of what `each` makes of the items, without the nulls.
Maybe project(Items items, const Node& each, const Node* condition, codec::JsonPool& pool) {
  const auto out = pool.values(items.size());
  std::size_t count = 0;
  for (const Value& item : items) {
    if (condition != nullptr) {
      const Maybe holds = evaluate(*condition, item, pool);
      if (!holds) return std::nullopt;
      if (!is_true(*holds)) continue;
    }
    const Maybe result = evaluate(each, item, pool);
    if (!result) return std::nullopt;
    if (!result->is(Value::Kind::Null)) out[count++] = *result;
  }
  return Value::array(out.first(count));
}

Maybe project_list(const Node& node, const Value& current, codec::JsonPool& pool) {
  const Maybe list = evaluate(*node.children[0], current, pool);
  if (!list || !list->is(Value::Kind::Array)) return list ? Maybe(Value()) : std::nullopt;
  const Node* condition = node.kind == Kind::FilterProjection ? node.children[2].get() : nullptr;
  return project(list->items(), *node.children[1], condition, pool);
}

Maybe project_values(const Node& node, const Value& current, codec::JsonPool& pool) {
  const Maybe object = evaluate(*node.children[0], current, pool);
  if (!object || !object->is(Value::Kind::Object)) return object ? Maybe(Value()) : std::nullopt;
  const auto members = object->members();
  const auto values = pool.values(members.size());
  std::transform(members.begin(), members.end(), values.begin(),
                 [](const codec::JsonMember& member) { return member.value; });
  return project(values, *node.children[1], nullptr, pool);
}

Maybe flatten(const Node& node, const Value& current, codec::JsonPool& pool) {
  const Maybe list = evaluate(*node.children[0], current, pool);
  if (!list || !list->is(Value::Kind::Array)) return list ? Maybe(Value()) : std::nullopt;
  std::size_t count = 0;
  for (const Value& item : list->items())
    count += item.is(Value::Kind::Array) ? item.items().size() : 1;
  const auto out = pool.values(count);
  auto to = out.begin();
  for (const Value& item : list->items()) {
    if (item.is(Value::Kind::Array)) {
      to = std::copy(item.items().begin(), item.items().end(), to);
    } else {
      *to++ = item;
    }
  }
  return Value::array(out);
}

Value index(const Value& list, std::int64_t at) {
  const auto items = list.items();
  const auto size = static_cast<std::int64_t>(items.size());
  if (at < 0) at += size;
  return at >= 0 && at < size ? items[static_cast<std::size_t>(at)] : Value();
}

Maybe slice(const Value& list, const Slice& slice, codec::JsonPool& pool) {
  if (slice.step == 0) return std::nullopt;
  if (!list.is(Value::Kind::Array)) return Value();
  const auto items = list.items();
  const auto size = static_cast<std::int64_t>(items.size());
  const bool backwards = slice.step < 0;
  const std::int64_t least = backwards ? -1 : 0;
  const std::int64_t most = backwards ? size - 1 : size;
  const auto bound = [&](const std::optional<std::int64_t>& given, std::int64_t fallback) {
    if (!given) return fallback;
    return std::clamp(*given < 0 ? *given + size : *given, least, most);
  };
  const std::int64_t start = bound(slice.start, backwards ? size - 1 : 0);
  const std::int64_t stop = bound(slice.stop, backwards ? -1 : size);
  // A step as long as the list takes one element; longer ones the same.
  const std::int64_t step = std::clamp(slice.step, -size - 1, size + 1);
  const auto out = pool.values(items.size());
  std::size_t count = 0;
  for (std::int64_t at = start; backwards ? at > stop : at < stop; at += step)
    out[count++] = items[static_cast<std::size_t>(at)];
  return Value::array(out.first(count));
}

Maybe compare(const Node& node, const Value& current, codec::JsonPool& pool) {
  const Maybe left = evaluate(*node.children[0], current, pool);
  const Maybe right = left ? evaluate(*node.children[1], current, pool) : std::nullopt;
  if (!right) return std::nullopt;
  if (node.text == "==") return Value::of(*left == *right);
  if (node.text == "!=") return Value::of(!(*left == *right));
  if (!left->is(Value::Kind::Number) || !right->is(Value::Kind::Number)) return Value();
  const double a = left->number();
  const double b = right->number();
  if (node.text == "<") return Value::of(a < b);
  if (node.text == "<=") return Value::of(a <= b);
  if (node.text == ">") return Value::of(a > b);
  return Value::of(a >= b);
}

Maybe multi_select(const Node& node, const Value& current, codec::JsonPool& pool) {
  if (current.is(Value::Kind::Null)) return Value();
  const auto values = pool.values(node.children.size());
  for (std::size_t i = 0; i < values.size(); ++i) {
    const Maybe value = evaluate(*node.children[i], current, pool);
    if (!value) return std::nullopt;
    values[i] = *value;
  }
  if (node.kind == Kind::MultiList) return Value::array(values);
  const auto members = pool.members(values.size());
  for (std::size_t i = 0; i < values.size(); ++i)
    members[i] = {node.names[i], values[i]};
  return Value::object(codec::sort_members(members));
}

// Or, And, Not, Then and Pipe: the left side decides how it goes on.
Maybe decide(const Node& node, const Value& current, codec::JsonPool& pool) {
  const Maybe left = evaluate(*node.children[0], current, pool);
  if (!left) return std::nullopt;
  switch (node.kind) {
    case Kind::Not:
      return Value::of(!is_true(*left));
    case Kind::Or:
      return is_true(*left) ? left : evaluate(*node.children[1], current, pool);
    case Kind::And:
      return is_true(*left) ? evaluate(*node.children[1], current, pool) : left;
    default:
      return evaluate(*node.children[1], *left, pool);
  }
}

}  // namespace

bool is_true(const Value& value) {
  switch (value.kind()) {
    case Value::Kind::Null:
      return false;
    case Value::Kind::Boolean:
      return value.boolean();
    case Value::Kind::Number:
      return true;
    case Value::Kind::String:
      return !value.text().empty();
    case Value::Kind::Array:
      return !value.items().empty();
    case Value::Kind::Object:
      return !value.members().empty();
  }
  return false;
}

Maybe evaluate(const Node& node, const Value& current, codec::JsonPool& pool) {
  switch (node.kind) {
    case Kind::Identity:
      return current;
    case Kind::Literal:
      return node.literal;
    case Kind::Field: {
      const Value* member = current.get(node.text);
      return member == nullptr ? Value() : *member;
    }
    case Kind::Index:
      return index(current, node.number);
    case Kind::Slice:
      return slice(current, node.slice, pool);
    case Kind::Then:
    case Kind::Pipe:
    case Kind::Or:
    case Kind::And:
    case Kind::Not:
      return decide(node, current, pool);
    case Kind::Projection:
    case Kind::FilterProjection:
      return project_list(node, current, pool);
    case Kind::ValueProjection:
      return project_values(node, current, pool);
    case Kind::Flatten:
      return flatten(node, current, pool);
    case Kind::Comparison:
      return compare(node, current, pool);
    case Kind::MultiList:
    case Kind::MultiHash:
      return multi_select(node, current, pool);
    case Kind::Call:
      return call_function(node, current, pool);
    case Kind::Expression:
      return std::nullopt;  // means something as an argument only
  }
  return std::nullopt;
}

}  // namespace jmespath

namespace {

void collect_unknown(const jmespath::Node& node, std::vector<std::string>& out) {
  if (node.kind == jmespath::Kind::Call && !jmespath::has_function(node.text))
    out.push_back(node.text);
  for (const auto& child : node.children)
    collect_unknown(*child, out);
}

bool append_steps(const jmespath::Node& node, codec::JsonPath& out) {
  switch (node.kind) {
    case jmespath::Kind::Identity:
      return true;
    case jmespath::Kind::Field:
      out.push_back({node.text, false, 0});
      return true;
    case jmespath::Kind::Index:
      out.push_back({{}, true, node.number});
      return true;
    case jmespath::Kind::Then:
      return append_steps(*node.children[0], out) && append_steps(*node.children[1], out);
    default:
      return false;
  }
}

}  // namespace

JmesPath::JmesPath() = default;
JmesPath::~JmesPath() = default;
JmesPath::JmesPath(JmesPath&&) noexcept = default;
JmesPath& JmesPath::operator=(JmesPath&&) noexcept = default;

Result<JmesPath> JmesPath::compile(std::string_view expression) {
  JmesPath out;
  out.literals_ = std::make_unique<codec::JsonPool>();
  auto root = jmespath::parse(expression, *out.literals_);
  if (!root) return root.error();
  out.root_ = std::move(*root);
  collect_unknown(*out.root_, out.unknown_functions_);
  return out;
}

std::optional<codec::JsonPath> JmesPath::as_path() const {
  codec::JsonPath out;
  if (!append_steps(*root_, out)) return std::nullopt;
  return out;
}

std::optional<codec::JsonValue> JmesPath::evaluate(const codec::JsonValue& root,
                                                   codec::JsonPool& pool) const {
  return jmespath::evaluate(*root_, root, pool);
}

}  // namespace agent::logs
