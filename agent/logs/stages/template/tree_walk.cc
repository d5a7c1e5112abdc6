#include "agent/logs/stages/template/tree_walk.h"

#include <algorithm>

#include "agent/logs/stages/template/print.h"

namespace agent::logs::templates {

bool TreeWalk::walk() { return enter(definitions_.front(), Value::root()); }

// Runs a template with variables of its own; `$` is its dot.
bool TreeWalk::enter(const Definition& definition, const Value& dot) {
  const std::size_t caller = frame_;
  frame_ = stack_.size();
  stack_.resize(frame_ + definition.slots);
  stack_[frame_] = dot;
  const Flow flow = walk_nodes(definition.body, dot);
  stack_.resize(frame_);
  frame_ = caller;
  return flow != Flow::Failed;
}

TreeWalk::Flow TreeWalk::walk_nodes(const std::vector<Node>& nodes, const Value& dot) {
  if (nodes.empty()) return Flow::On;
  if (depth_ == kMaxDepth) {
    fail_at(nodes.front().place, kTooDeep);
    return Flow::Failed;
  }
  ++depth_;
  Flow flow = Flow::On;
  for (std::size_t i = 0; i < nodes.size() && flow == Flow::On; ++i)
    flow = walk_node(nodes[i], dot);
  --depth_;
  return flow;
}

TreeWalk::Flow TreeWalk::walk_node(const Node& node, const Value& dot) {
  if (!run_.step()) return Flow::Failed;
  switch (node.kind) {
    case NodeKind::Text:
      out_ += node.text;
      if (out_.size() > kMaxTextBytes) fail_at(node.place, kTooLarge);
      break;
    case NodeKind::Action: {
      const Value value = evaluate(*node.pipe, dot);
      if (!run_.failed() && node.pipe->slots.empty()) print(node, value);
      break;
    }
    case NodeKind::If:
    case NodeKind::With:
      return walk_choice(node, dot);
    case NodeKind::Range:
      return walk_range(node, dot);
    case NodeKind::Template:
      return walk_template(node, dot);
    case NodeKind::Break:
      return Flow::Break;
    case NodeKind::Continue:
      return Flow::Continue;
  }
  return run_.failed() ? Flow::Failed : Flow::On;
}

void TreeWalk::print(const Node& node, const Value& value) {
  // Text is what nearly all actions come to.
  if (value.is(Type::String)) {
    out_ += value.text();
  } else if (value.is_nothing()) {
    out_ += kNoValue;
  } else {
    print_value(run_, out_, gathered(value));
  }
  if (out_.size() > kMaxTextBytes) run_.fail(kTooLarge);
  if (run_.failed()) place_failure(node.place);
}

TreeWalk::Flow TreeWalk::walk_choice(const Node& node, const Value& dot) {
  const Value value = evaluate(*node.pipe, dot);
  if (run_.failed()) return Flow::Failed;
  const bool is_chosen = is_true(value);
  const bool is_with = node.kind == NodeKind::With && is_chosen;
  return walk_nodes(is_chosen ? node.body : node.otherwise, is_with ? value : dot);
}

TreeWalk::Flow TreeWalk::walk_range(const Node& node, const Value& dot) {
  const Value value = gathered(evaluate(*node.pipe, dot));
  if (run_.failed()) return Flow::Failed;
  Flow flow = Flow::On;
  if (value.is_list()) {
    if (value.items().empty()) return walk_nodes(node.otherwise, dot);
    flow = walk_items(node, value.items());
  } else if (value.is_dict()) {
    if (value.dict().size == 0) return walk_nodes(node.otherwise, dot);
    flow = walk_members(node, value.dict());
  } else if (value.is_integer()) {
    if (value.integer() <= 0) return walk_nodes(node.otherwise, dot);
    flow = walk_numbers(node, value);
  } else if (value.is_nothing()) {
    return walk_nodes(node.otherwise, dot);
  } else {
    fail_at(node.place, "range cannot iterate over this");
    return Flow::Failed;
  }
  return flow == Flow::Failed ? flow : Flow::On;
}

TreeWalk::Flow TreeWalk::walk_items(const Node& node, std::span<const Value> items) {
  Flow flow = Flow::On;
  for (std::size_t i = 0; i < items.size() && flow != Flow::Break && flow != Flow::Failed; ++i)
    flow = walk_once(node, Value::integer(static_cast<std::int64_t>(i)), items[i]);
  return flow;
}

TreeWalk::Flow TreeWalk::walk_members(const Node& node, Dict& dict) {
  // The body may change the map; what was there at the start is what it sees.
  const auto members = dict.members();
  auto* copy = run_.memory().array<Member>(members.size());
  if (copy == nullptr) {
    fail_at(node.place, kTooLarge);
    return Flow::Failed;
  }
  std::uninitialized_copy(members.begin(), members.end(), copy);
  Flow flow = Flow::On;
  for (std::size_t i = 0; i < members.size() && flow != Flow::Break && flow != Flow::Failed; ++i)
    flow = walk_once(node, Value::of(copy[i].name), copy[i].value);
  return flow;
}

TreeWalk::Flow TreeWalk::walk_numbers(const Node& node, const Value& count) {
  if (node.pipe->slots.size() > 1) {
    fail_at(node.place, "a number has no second variable to iterate over");
    return Flow::Failed;
  }
  Flow flow = Flow::On;
  for (std::int64_t i = 0; i < count.integer() && flow != Flow::Break && flow != Flow::Failed;
       ++i) {
    const Value number = Value::integer(i, count.type());
    flow = walk_once(node, number, number);
  }
  return flow;
}

TreeWalk::Flow TreeWalk::walk_once(const Node& node, const Value& index, const Value& item) {
  if (!run_.step()) return Flow::Failed;
  const auto& slots = node.pipe->slots;
  if (slots.size() == 1) variable(slots[0]) = item;
  if (slots.size() == 2) {
    variable(slots[0]) = index;
    variable(slots[1]) = item;
  }
  return walk_nodes(node.body, item);
}

TreeWalk::Flow TreeWalk::walk_template(const Node& node, const Value& dot) {
  const auto called =
      std::find_if(definitions_.begin(), definitions_.end(),
                   [&](const Definition& definition) { return definition.name == node.text; });
  if (called == definitions_.end()) {
    fail_at(node.place, "this template is not defined");
    return Flow::Failed;
  }
  const Value inner = node.pipe == nullptr ? Value() : evaluate(*node.pipe, dot);
  if (run_.failed()) return Flow::Failed;
  return enter(*called, inner) ? Flow::On : Flow::Failed;
}

Value TreeWalk::fail_at(const Place& place, std::string_view what) {
  run_.fail(what);
  place_failure(place);
  return {};
}

void TreeWalk::place_failure(const Place& place) {
  Failure& failure = run_.failure();
  if (failure.line == 0) failure = {failure.what, place.line, place.column};
}

}  // namespace agent::logs::templates
