// eq ne lt le gt ge as Go compares, and deepEqual.
#include "agent/logs/stages/template/compare.h"
#include "agent/logs/stages/template/functions.h"
#include "agent/logs/stages/template/runtime.h"
#include "agent/logs/stages/template/time_value.h"

namespace agent::logs::templates {
namespace {

constexpr std::string_view kUnlike = "values of unlike kinds are compared";
constexpr std::string_view kNotComparable = "values of this kind cannot be compared";

// Kinds that Go's operators know; the others are one.
enum class Basic { None, Boolean, Integer, Float, Text };

Basic basic_of(const Value& value) {
  if (value.is_integer()) return Basic::Integer;
  if (value.is(Type::Bool)) return Basic::Boolean;
  if (value.is(Type::Float64)) return Basic::Float;
  return value.is(Type::String) ? Basic::Text : Basic::None;
}

// Of two values of the same basic kind.
bool equal_basic(const Value& a, const Value& b, Basic kind) {
  if (kind == Basic::Float) return a.number() == b.number();
  return kind == Basic::Text ? a.text() == b.text() : a.integer() == b.integer();
}

bool equal_other(Runtime& run, const Value& a, const Value& b) {
  if (a.is_nothing() || b.is_nothing()) return a.is_nothing() && b.is_nothing();
  if (!a.is(Type::Time) || !b.is(Type::Time)) return run.fail(kNotComparable), false;
  const ZonedTime first = a.time().zoned();
  const ZonedTime second = b.time().zoned();
  return first.unix_seconds == second.unix_seconds && first.nanoseconds == second.nanoseconds &&
         first.offset_seconds == second.offset_seconds;
}

bool is_equal(Runtime& run, const Value& a, const Value& b) {
  const Basic kind = basic_of(a);
  if (kind == basic_of(b))
    return kind == Basic::None ? equal_other(run, a, b) : equal_basic(a, b, kind);
  // Something that is and nothing are not equal; two kinds of something cannot be compared.
  if (!a.is_nothing() && !b.is_nothing()) run.fail(kUnlike);
  return false;
}

bool is_less(Runtime& run, const Value& a, const Value& b) {
  const Basic kind = basic_of(a);
  if (kind == Basic::None || basic_of(b) == Basic::None) return run.fail(kNotComparable), false;
  if (kind != basic_of(b)) return run.fail(kUnlike), false;
  if (kind == Basic::Boolean) return run.fail(kNotComparable), false;
  if (kind == Basic::Float) return a.number() < b.number();
  return kind == Basic::Text ? a.text() < b.text() : a.integer() < b.integer();
}

Value eq(Runtime& run, Arguments arguments) {
  if (arguments.size() < 2) return run.fail("missing argument for comparison");
  for (const Value& other : arguments.subspan(1)) {
    if (is_equal(run, arguments[0], other)) return Value::of(true);
    if (run.failed()) return {};
  }
  return Value::of(false);
}

Value ne(Runtime& run, Arguments arguments) {
  return Value::of(!is_equal(run, arguments[0], arguments[1]));
}

Value lt(Runtime& run, Arguments arguments) {
  return Value::of(is_less(run, arguments[0], arguments[1]));
}

Value le(Runtime& run, Arguments arguments) {
  const bool less = is_less(run, arguments[0], arguments[1]);
  return Value::of(less || (!run.failed() && is_equal(run, arguments[0], arguments[1])));
}

Value gt(Runtime& run, Arguments arguments) { return Value::of(!le(run, arguments).boolean()); }

Value ge(Runtime& run, Arguments arguments) { return Value::of(!lt(run, arguments).boolean()); }

bool deep_equal_lists(Runtime& run, const Value& a, const Value& b, int depth) {
  const auto first = a.items();
  const auto second = b.items();
  if (first.size() != second.size()) return false;
  for (std::size_t i = 0; i < first.size(); ++i)
    if (!deep_equal(run, first[i], second[i], depth + 1)) return false;
  return true;
}

bool deep_equal_dicts(Runtime& run, const Value& a, const Value& b, int depth) {
  const auto first = a.dict().members();
  const auto second = b.dict().members();
  if (first.size() != second.size()) return false;
  for (std::size_t i = 0; i < first.size(); ++i)
    if (first[i].name != second[i].name ||
        !deep_equal(run, first[i].value, second[i].value, depth + 1))
      return false;
  return true;
}

Value deep_equal_function(Runtime& run, Arguments arguments) {
  return Value::of(deep_equal(run, arguments[0], arguments[1]));
}

constexpr Function kFunctions[] = {
    {"deepEqual", "vv", &deep_equal_function},
    {"eq", "vv*", &eq},
    {"ge", "vv", &ge},
    {"gt", "vv", &gt},
    {"le", "vv", &le},
    {"lt", "vv", &lt},
    {"ne", "vv", &ne},
};

}  // namespace

bool deep_equal(Runtime& run, const Value& a, const Value& b, int depth) {
  if (depth > kMaxNesting) return run.fail(kTooDeep), false;
  if (!run.step() || a.type() != b.type()) return false;
  if (a.is_list()) return deep_equal_lists(run, a, b, depth);
  if (a.is_dict()) return deep_equal_dicts(run, a, b, depth);
  const Basic kind = basic_of(a);
  return kind == Basic::None ? equal_other(run, a, b) : equal_basic(a, b, kind);
}

std::span<const Function> comparison_functions() { return kFunctions; }

}  // namespace agent::logs::templates
