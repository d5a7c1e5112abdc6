#include "agent/logs/stages/template/value.h"

#include <algorithm>

namespace agent::logs::templates {

std::string_view type_name(Type type) {
  constexpr std::string_view kNames[] = {"<nil>",
                                         "<nil>",
                                         "bool",
                                         "int",
                                         "int32",
                                         "int64",
                                         "uint8",
                                         "time.Month",
                                         "time.Weekday",
                                         "time.Duration",
                                         "float64",
                                         "string",
                                         "[]interface {}",
                                         "[]string",
                                         "[]int",
                                         "[][]interface {}",
                                         "map[string]interface {}",
                                         "map[string]string",
                                         "time.Time",
                                         "map[string]interface {}"};
  return kNames[static_cast<std::size_t>(type)];
}

std::string_view kind_name(Type type) {
  constexpr std::string_view kNames[] = {
      "invalid", "invalid", "bool",  "int",   "int32", "int64", "uint8", "int", "int",    "int64",
      "float64", "string",  "slice", "slice", "slice", "slice", "map",   "map", "struct", "map"};
  return kNames[static_cast<std::size_t>(type)];
}

Value Value::of(bool boolean) {
  Value out(Type::Bool);
  out.content_.integer = boolean ? 1 : 0;
  return out;
}

Value Value::of(double number) {
  Value out(Type::Float64);
  out.content_.number = number;
  return out;
}

Value Value::of(std::string_view text) {
  Value out(Type::String);
  out.content_.text = text.data();
  out.size_ = text.size();
  return out;
}

Value Value::of(const Time& time) {
  Value out(Type::Time);
  out.content_.time = &time;
  return out;
}

Value Value::integer(std::int64_t number, Type type) {
  Value out(type);
  out.content_.integer = number;
  return out;
}

Value Value::list(std::span<const Value> items, Type type) {
  Value out(type);
  out.content_.items = items.data();
  out.size_ = items.size();
  return out;
}

Value Value::dict(Dict& members, Type type) {
  Value out(type);
  out.content_.dict = &members;
  return out;
}

bool is_true(const Value& value) {
  switch (value.type()) {
    case Type::Missing:
    case Type::Nil:
      return false;
    case Type::Bool:
      return value.boolean();
    case Type::Float64:
      return value.number() != 0;
    case Type::String:
      return !value.text().empty();
    case Type::AnyDict:
    case Type::StringDict:
      return value.dict().size > 0;
    case Type::Time:
    case Type::Root:
      return true;
    default:
      return value.is_list() ? !value.items().empty() : value.integer() != 0;
  }
}

Member* Dict::position(std::string_view name) const {
  return std::lower_bound(
      first, first + size, name,
      [](const Member& member, std::string_view key) { return member.name < key; });
}

const Value* Dict::find(std::string_view name) const {
  const Member* at = position(name);
  return at != first + size && at->name == name ? &at->value : nullptr;
}

bool Dict::set(std::string_view name, Value value, Memory& memory) {
  Member* at = position(name);
  if (at != first + size && at->name == name) {
    at->value = value;
    return true;
  }
  if (size == room) {
    const auto index = static_cast<std::size_t>(at - first);
    const std::size_t more = room == 0 ? 4 : room * 2;
    auto* moved = memory.array<Member>(more);
    if (moved == nullptr) return false;
    std::uninitialized_copy(first, first + size, moved);
    first = moved;
    room = more;
    at = first + index;
  }
  std::uninitialized_default_construct_n(first + size, 1);
  std::move_backward(at, first + size, first + size + 1);
  *at = {name, value};
  ++size;
  return true;
}

void Dict::erase(std::string_view name) {
  Member* at = position(name);
  if (at == first + size || at->name != name) return;
  std::move(at + 1, first + size, at);
  --size;
}

}  // namespace agent::logs::templates
