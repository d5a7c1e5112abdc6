// Maps. `set`, `unset` and `merge` change the map that they are given, as in sprig.
#include "agent/logs/stages/template/functions.h"
#include "agent/logs/stages/template/runtime.h"
#include "agent/logs/stages/template/text.h"

namespace agent::logs::templates {
namespace {

Value dict(Runtime& run, Arguments arguments) {
  const Value out = run.new_dict();
  for (std::size_t i = 0; i < arguments.size() && !run.failed(); i += 2) {
    const std::string_view name = text_of(run, arguments[i]);
    const Value value = i + 1 < arguments.size() ? arguments[i + 1] : Value::of(std::string_view());
    if (!run.failed()) run.set(out.dict(), name, value);
  }
  return out;
}

Value get(Runtime& /*run*/, Arguments arguments) {
  const Value* found = arguments[0].dict().find(arguments[1].text());
  return found == nullptr ? Value::of(std::string_view()) : *found;
}

Value set(Runtime& run, Arguments arguments) {
  run.set(arguments[0].dict(), arguments[1].text(), arguments[2]);
  return arguments[0];
}

Value unset(Runtime& /*run*/, Arguments arguments) {
  arguments[0].dict().erase(arguments[1].text());
  return arguments[0];
}

Value has_key(Runtime& /*run*/, Arguments arguments) {
  return Value::of(arguments[0].dict().find(arguments[1].text()) != nullptr);
}

Value keys(Runtime& run, Arguments arguments) {
  std::vector<Value>& out = run.items();
  for (const Value& map : arguments)
    for (const Member& member : map.dict().members())
      out.push_back(Value::of(member.name));
  return run.list(Type::StringList);
}

Value values(Runtime& run, Arguments arguments) {
  std::vector<Value>& out = run.items();
  for (const Member& member : arguments[0].dict().members())
    out.push_back(member.value);
  return run.list();
}

Value pluck(Runtime& run, Arguments arguments) {
  std::vector<Value>& out = run.items();
  for (const Value& map : arguments.subspan(1))
    if (const Value* found = map.dict().find(arguments[0].text())) out.push_back(*found);
  return run.list();
}

Value pick(Runtime& run, Arguments arguments) {
  const Value out = run.new_dict();
  for (const Value& name : arguments.subspan(1)) {
    const Value* found = arguments[0].dict().find(name.text());
    if (run.failed() || (found != nullptr && !run.set(out.dict(), name.text(), *found))) return {};
  }
  return out;
}

Value omit(Runtime& run, Arguments arguments) {
  const Value out = run.new_dict();
  for (const Member& member : arguments[0].dict().members())
    if (run.failed() || !run.set(out.dict(), member.name, member.value)) return {};
  if (run.failed()) return {};
  for (const Value& name : arguments.subspan(1))
    out.dict().erase(name.text());
  return out;
}

// The value at the end of a chain of names; the last but one argument where it breaks off.
Value dig(Runtime& run, Arguments arguments) {
  if (arguments.size() < 3) return run.fail("dig needs at least three arguments");
  Value value = arguments.back();
  for (const Value& name : arguments.first(arguments.size() - 2)) {
    if (!value.is(Type::AnyDict) || !name.is(Type::String))
      return run.fail("dig needs names and a map of maps");
    const Value* found = value.dict().find(name.text());
    if (found == nullptr) return arguments[arguments.size() - 2];
    value = *found;
  }
  return value;
}

constexpr Function kFunctions[] = {
    {"dict", "v*", &dict},      {"dig", "v*", &dig},      {"get", "ds", &get},
    {"hasKey", "ds", &has_key}, {"keys", "d*", &keys},    {"omit", "ds*", &omit},
    {"pick", "ds*", &pick},     {"pluck", "sd*", &pluck}, {"set", "dsv", &set},
    {"unset", "ds", &unset},    {"values", "d", &values},
};

}  // namespace

std::span<const Function> map_functions() { return kFunctions; }

}  // namespace agent::logs::templates
