// The functions of JMESPath, as one table: name, what the arguments have to be, and the doing.
#include <algorithm>
#include <charconv>
#include <cmath>
#include <numeric>

#include "agent/codec/json.h"
#include "agent/logs/stages/jmespath_node.h"

namespace agent::logs::jmespath {
namespace {

using Kind = Value::Kind;

// Evaluated arguments; an expression argument (&x) stays a node.
struct Arguments {
  std::vector<Value> values;
  const Node* expression = nullptr;
  codec::JsonPool& pool;

  const Value& operator[](std::size_t i) const { return values[i]; }
};

bool all_are(const Value& list, Kind kind) {
  const auto items = list.items();
  return list.is(Kind::Array) &&
         std::all_of(items.begin(), items.end(), [&](const Value& v) { return v.is(kind); });
}

Maybe number(double value) {
  return std::isfinite(value) ? Maybe(Value::of(value)) : Maybe(Value());
}

Maybe fn_abs(const Arguments& in) { return number(std::fabs(in[0].number())); }
Maybe fn_ceil(const Arguments& in) { return number(std::ceil(in[0].number())); }
Maybe fn_floor(const Arguments& in) { return number(std::floor(in[0].number())); }

double total(const Value& list) {
  const auto items = list.items();
  return std::accumulate(items.begin(), items.end(), 0.0,
                         [](double sum, const Value& v) { return sum + v.number(); });
}

Maybe fn_avg(const Arguments& in) {
  if (!all_are(in[0], Kind::Number)) return std::nullopt;
  if (in[0].items().empty()) return Value();
  return number(total(in[0]) / static_cast<double>(in[0].items().size()));
}

Maybe fn_sum(const Arguments& in) {
  if (!all_are(in[0], Kind::Number)) return std::nullopt;
  return number(total(in[0]));
}

Maybe fn_contains(const Arguments& in) {
  if (in[0].is(Kind::Array)) {
    const auto items = in[0].items();
    return Value::of(std::find(items.begin(), items.end(), in[1]) != items.end());
  }
  if (!in[0].is(Kind::String)) return std::nullopt;
  return Value::of(in[1].is(Kind::String) &&
                   in[0].text().find(in[1].text()) != std::string_view::npos);
}

Maybe fn_starts_with(const Arguments& in) {
  return Value::of(in[0].text().starts_with(in[1].text()));
}
Maybe fn_ends_with(const Arguments& in) { return Value::of(in[0].text().ends_with(in[1].text())); }

Maybe fn_join(const Arguments& in) {
  if (!all_are(in[1], Kind::String)) return std::nullopt;
  std::string out;
  bool first = true;
  for (const Value& item : in[1].items()) {
    if (!std::exchange(first, false)) out += in[0].text();
    out += item.text();
  }
  return Value::of(in.pool.copy(out));
}

Maybe fn_keys(const Arguments& in) {
  const auto members = in[0].members();
  const auto out = in.pool.values(members.size());
  std::transform(members.begin(), members.end(), out.begin(),
                 [](const codec::JsonMember& m) { return Value::of(m.name); });
  return Value::array(out);
}

Maybe fn_values(const Arguments& in) {
  const auto members = in[0].members();
  const auto out = in.pool.values(members.size());
  std::transform(members.begin(), members.end(), out.begin(),
                 [](const codec::JsonMember& m) { return m.value; });
  return Value::array(out);
}

Maybe fn_length(const Arguments& in) {
  std::size_t size = 0;
  switch (in[0].kind()) {
    case Kind::String:
      for (const char c : in[0].text())
        size += (static_cast<unsigned char>(c) & 0xC0U) != 0x80U ? 1 : 0;
      break;
    case Kind::Array:
      size = in[0].items().size();
      break;
    case Kind::Object:
      size = in[0].members().size();
      break;
    default:
      return std::nullopt;
  }
  return Value::of(static_cast<double>(size));
}

// Numbers or strings only, all of one kind.
bool less(const Value& a, const Value& b) {
  return a.is(Kind::Number) ? a.number() < b.number() : a.text() < b.text();
}
bool is_sortable(std::span<const Value> keys) {
  return std::all_of(keys.begin(), keys.end(), [&](const Value& v) {
    return v.kind() == keys[0].kind() && (v.is(Kind::Number) || v.is(Kind::String));
  });
}

// The keys that the expression gives for the items of in[0]; nullopt where they cannot be compared.
std::optional<std::vector<Value>> keys_by(const Arguments& in) {
  std::vector<Value> out;
  for (const Value& item : in[0].items()) {
    const Maybe key = evaluate(*in.expression, item, in.pool);
    if (!key) return std::nullopt;
    out.push_back(*key);
  }
  if (!is_sortable(out)) return std::nullopt;
  return out;
}

Maybe extreme(std::span<const Value> items, std::span<const Value> keys, bool largest) {
  if (!is_sortable(keys)) return std::nullopt;
  if (items.empty()) return Value();
  std::size_t best = 0;
  for (std::size_t i = 1; i < keys.size(); ++i)
    if (largest ? less(keys[best], keys[i]) : less(keys[i], keys[best])) best = i;
  return items[best];
}

Maybe fn_max(const Arguments& in) { return extreme(in[0].items(), in[0].items(), true); }
Maybe fn_min(const Arguments& in) { return extreme(in[0].items(), in[0].items(), false); }
Maybe fn_max_by(const Arguments& in) {
  const auto keys = keys_by(in);
  return keys ? extreme(in[0].items(), *keys, true) : std::nullopt;
}
Maybe fn_min_by(const Arguments& in) {
  const auto keys = keys_by(in);
  return keys ? extreme(in[0].items(), *keys, false) : std::nullopt;
}

Maybe fn_map(const Arguments& in) {
  const auto items = in[0].items();
  const auto out = in.pool.values(items.size());
  for (std::size_t i = 0; i < items.size(); ++i) {
    const Maybe value = evaluate(*in.expression, items[i], in.pool);
    if (!value) return std::nullopt;
    out[i] = *value;
  }
  return Value::array(out);
}

Maybe fn_merge(const Arguments& in) {
  std::vector<codec::JsonMember> all;
  for (const Value& object : in.values) {
    if (!object.is(Kind::Object)) return std::nullopt;
    all.insert(all.end(), object.members().begin(), object.members().end());
  }
  const auto out = in.pool.members(all.size());
  std::copy(all.begin(), all.end(), out.begin());
  return Value::object(codec::sort_members(out));
}

Maybe fn_not_null(const Arguments& in) {
  const auto at = std::find_if(in.values.begin(), in.values.end(),
                               [](const Value& v) { return !v.is(Kind::Null); });
  return at == in.values.end() ? Value() : *at;
}

// UTF-8 characters in reverse; a bad byte stays one byte.
std::string reversed(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    std::size_t size = 1;
    while (size < 4 && size < text.size() &&
           (static_cast<unsigned char>(text[text.size() - size]) & 0xC0U) == 0x80U)
      ++size;
    out += text.substr(text.size() - size);
    text.remove_suffix(size);
  }
  return out;
}

Maybe fn_reverse(const Arguments& in) {
  if (in[0].is(Kind::String)) return Value::of(in.pool.copy(reversed(in[0].text())));
  if (!in[0].is(Kind::Array)) return std::nullopt;
  const auto items = in[0].items();
  const auto out = in.pool.values(items.size());
  std::reverse_copy(items.begin(), items.end(), out.begin());
  return Value::array(out);
}

Maybe sorted(std::span<const Value> items, std::span<const Value> keys, codec::JsonPool& pool) {
  if (!is_sortable(keys)) return std::nullopt;
  std::vector<std::size_t> order(items.size());
  std::iota(order.begin(), order.end(), 0);
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return less(keys[a], keys[b]); });
  const auto out = pool.values(items.size());
  std::transform(order.begin(), order.end(), out.begin(),
                 [&](std::size_t from) { return items[from]; });
  return Value::array(out);
}

Maybe fn_sort(const Arguments& in) { return sorted(in[0].items(), in[0].items(), in.pool); }
Maybe fn_sort_by(const Arguments& in) {
  const auto keys = keys_by(in);
  return keys ? sorted(in[0].items(), *keys, in.pool) : std::nullopt;
}

Maybe fn_to_array(const Arguments& in) {
  if (in[0].is(Kind::Array)) return in[0];
  const auto out = in.pool.values(1);
  out[0] = in[0];
  return Value::array(out);
}

Maybe fn_to_number(const Arguments& in) {
  if (in[0].is(Kind::Number)) return in[0];
  const std::string_view text = in[0].text();
  double value = 0;
  const char* end = text.data() + text.size();
  const auto parsed = std::from_chars(text.data(), end, value);
  if (text.empty() || parsed.ec != std::errc() || parsed.ptr != end) return Value();
  return number(value);
}

Maybe fn_to_string(const Arguments& in) {
  if (in[0].is(Kind::String)) return in[0];
  std::string out;
  codec::append_json(out, in[0]);
  return Value::of(in.pool.copy(out));
}

Maybe fn_type(const Arguments& in) {
  constexpr std::string_view kNames[] = {"null", "boolean", "number", "string", "array", "object"};
  return Value::of(kNames[static_cast<std::size_t>(in[0].kind())]);
}

// One letter an argument: n number, s string, a array, o object, x anything, & expression; a + at
// the end: the letter before it, once or more often.
struct Function {
  std::string_view name;
  std::string_view signature;
  Maybe (*call)(const Arguments& in);
};

constexpr Function kFunctions[] = {
    {"abs", "n", &fn_abs},
    {"avg", "a", &fn_avg},
    {"ceil", "n", &fn_ceil},
    {"contains", "xx", &fn_contains},
    {"ends_with", "ss", &fn_ends_with},
    {"floor", "n", &fn_floor},
    {"join", "sa", &fn_join},
    {"keys", "o", &fn_keys},
    {"length", "x", &fn_length},
    {"map", "&a", &fn_map},
    {"max", "a", &fn_max},
    {"max_by", "a&", &fn_max_by},
    {"merge", "o+", &fn_merge},
    {"min", "a", &fn_min},
    {"min_by", "a&", &fn_min_by},
    {"not_null", "x+", &fn_not_null},
    {"reverse", "x", &fn_reverse},
    {"sort", "a", &fn_sort},
    {"sort_by", "a&", &fn_sort_by},
    {"starts_with", "ss", &fn_starts_with},
    {"sum", "a", &fn_sum},
    {"to_array", "x", &fn_to_array},
    {"to_number", "x", &fn_to_number},
    {"to_string", "x", &fn_to_string},
    {"type", "x", &fn_type},
    {"values", "o", &fn_values},
};

const Function* find_function(std::string_view name) {
  const auto* at = std::find_if(std::begin(kFunctions), std::end(kFunctions),
                                [&](const Function& function) { return function.name == name; });
  return at == std::end(kFunctions) ? nullptr : at;
}

bool fits(char letter, const Value& value) {
  switch (letter) {
    case 'n':
      return value.is(Kind::Number);
    case 's':
      return value.is(Kind::String);
    case 'a':
      return value.is(Kind::Array);
    case 'o':
      return value.is(Kind::Object);
    default:
      return true;
  }
}

}  // namespace

bool has_function(std::string_view name) { return find_function(name) != nullptr; }

Maybe call_function(const Node& node, const Value& current, codec::JsonPool& pool) {
  const Function* function = find_function(node.text);
  if (function == nullptr) return std::nullopt;
  const bool repeats = function->signature.back() == '+';
  const std::size_t count = function->signature.size() - (repeats ? 1 : 0);
  if (repeats ? node.children.size() < count : node.children.size() != count) return std::nullopt;
  Arguments in{{}, nullptr, pool};
  for (std::size_t i = 0; i < node.children.size(); ++i) {
    const Node& argument = *node.children[i];
    const char letter = function->signature[std::min(i, count - 1)];
    if ((letter == '&') != (argument.kind == jmespath::Kind::Expression)) return std::nullopt;
    if (letter == '&') {
      in.expression = argument.children[0].get();
      continue;
    }
    const Maybe value = evaluate(argument, current, pool);
    if (!value || !fits(letter, *value)) return std::nullopt;
    in.values.push_back(*value);
  }
  return function->call(in);
}

}  // namespace agent::logs::jmespath
