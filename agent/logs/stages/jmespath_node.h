#pragma once
// The syntax tree of JMESPath, between its parser and its evaluator.
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "agent/base/result.h"
#include "agent/codec/json_value.h"

namespace agent::logs::jmespath {

enum class Kind {
  Identity,          // @, and the empty side of a projection
  Literal,           // literal
  Field,             // text
  Index,             // number
  Slice,             // slice
  Then,              // children: left, right; a.b and a[0]
  Pipe,              // children: left, right; ends projections
  Projection,        // children: list, each
  ValueProjection,   // children: object, each
  FilterProjection,  // children: list, each, condition
  Flatten,           // children: list
  Or,
  And,
  Not,
  Comparison,  // text is the operator; children: left, right
  MultiList,   // children
  MultiHash,   // names, children
  Call,        // text is the name; children: arguments
  Expression,  // &expr; children: expr
};

struct Slice {
  std::optional<std::int64_t> start;
  std::optional<std::int64_t> stop;
  std::int64_t step = 1;
};

struct Node {
  explicit Node(Kind what) : kind(what) {}
  Kind kind;
  std::string text;
  std::int64_t number = 0;
  Slice slice;
  codec::JsonValue literal;
  std::vector<std::string> names;
  std::vector<std::unique_ptr<Node>> children;
};
using NodePtr = std::unique_ptr<Node>;

/// Literals are made in `pool`. Errors: Config with the column.
Result<NodePtr> parse(std::string_view expression, codec::JsonPool& pool);

using Value = codec::JsonValue;
using Maybe = std::optional<Value>;  // nullopt: an error of the run

Maybe evaluate(const Node& node, const Value& current, codec::JsonPool& pool);
bool is_true(const Value& value);

/// Calls the function of node.text on its arguments. nullopt: no such function, wrong number or
/// type of arguments.
Maybe call_function(const Node& node, const Value& current, codec::JsonPool& pool);
bool has_function(std::string_view name);

}  // namespace agent::logs::jmespath
