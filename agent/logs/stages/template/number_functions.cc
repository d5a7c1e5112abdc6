// Integers: arithmetic wraps around, as in Go.
#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>

#include "agent/logs/stages/template/functions.h"
#include "agent/logs/stages/template/literal.h"
#include "agent/logs/stages/template/number.h"
#include "agent/logs/stages/template/print.h"
#include "agent/logs/stages/template/runtime.h"

namespace agent::logs::templates {
namespace {

constexpr std::string_view kDivision = "division by zero";

// "12.00" without its ".00".
std::string_view without_zero_decimals(std::string_view text) {
  const std::size_t point = text.rfind('.');
  const bool zeros = point != std::string_view::npos && point + 1 < text.size() &&
                     text.find_first_not_of('0', point + 1) == std::string_view::npos;
  return zeros ? text.substr(0, point) : text;
}

std::int64_t wrap(std::uint64_t bits) { return static_cast<std::int64_t>(bits); }
std::uint64_t bits(std::int64_t number) { return static_cast<std::uint64_t>(number); }

Value int64_of(std::int64_t number) { return Value::integer(number, Type::Int64); }

Value to_int(Runtime& /*run*/, Arguments arguments) {
  return Value::integer(to_integer(arguments[0]));
}

Value to_int64(Runtime& /*run*/, Arguments arguments) { return int64_of(to_integer(arguments[0])); }

Value to_float64(Runtime& /*run*/, Arguments arguments) {
  return Value::of(to_double(arguments[0]));
}

// Go's strconv.Atoi without its error: the nearest int where the number is too large.
Value atoi(Runtime& /*run*/, Arguments arguments) {
  std::string_view text = arguments[0].text();
  if (text.starts_with('+') && !text.starts_with("+-")) text.remove_prefix(1);
  std::int64_t out = 0;
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), out);
  if (parsed.ptr != text.data() + text.size() || parsed.ec == std::errc::invalid_argument)
    return Value::integer(0);
  if (parsed.ec == std::errc::result_out_of_range)
    out = text.starts_with('-') ? std::numeric_limits<std::int64_t>::min()
                                : std::numeric_limits<std::int64_t>::max();
  return Value::integer(out);
}

// The number whose octal digits the text has.
Value to_decimal(Runtime& run, Arguments arguments) {
  std::string& text = run.scratch();
  print_value(run, text, arguments[0]);
  std::int64_t out = 0;
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), out, 8);
  const bool good = parsed.ec == std::errc() && parsed.ptr == text.data() + text.size();
  return int64_of(good ? out : 0);
}

Value add(Runtime& /*run*/, Arguments arguments) {
  std::uint64_t sum = 0;
  for (const Value& value : arguments)
    sum += bits(to_integer(value));
  return int64_of(wrap(sum));
}

Value add1(Runtime& /*run*/, Arguments arguments) {
  return int64_of(wrap(bits(to_integer(arguments[0])) + 1));
}

Value sub(Runtime& /*run*/, Arguments arguments) {
  return int64_of(wrap(bits(to_integer(arguments[0])) - bits(to_integer(arguments[1]))));
}

Value mul(Runtime& /*run*/, Arguments arguments) {
  std::uint64_t product = bits(to_integer(arguments[0]));
  for (const Value& value : arguments.subspan(1))
    product *= bits(to_integer(value));
  return int64_of(wrap(product));
}

Value div(Runtime& run, Arguments arguments) {
  const std::int64_t by = to_integer(arguments[1]);
  if (by == 0) return run.fail(kDivision);
  const std::int64_t number = to_integer(arguments[0]);
  return int64_of(by == -1 ? wrap(0 - bits(number)) : number / by);
}

Value mod(Runtime& run, Arguments arguments) {
  const std::int64_t by = to_integer(arguments[1]);
  if (by == 0) return run.fail(kDivision);
  return int64_of(by == -1 ? 0 : to_integer(arguments[0]) % by);
}

Value largest(Runtime& /*run*/, Arguments arguments) {
  std::int64_t out = to_integer(arguments[0]);
  for (const Value& value : arguments.subspan(1))
    out = std::max(out, to_integer(value));
  return int64_of(out);
}

Value smallest(Runtime& /*run*/, Arguments arguments) {
  std::int64_t out = to_integer(arguments[0]);
  for (const Value& value : arguments.subspan(1))
    out = std::min(out, to_integer(value));
  return int64_of(out);
}

// From `start` on, without `stop`, into run.items(); false where there are too many.
bool gather_steps(Runtime& run, std::int64_t start, std::int64_t stop, std::int64_t step) {
  std::vector<Value>& out = run.items();
  const bool down = stop < start;
  if (down ? step >= 0 : step <= 0) return true;
  for (std::int64_t i = start; down ? i > stop : i < stop;) {
    if (!run.step()) return false;
    out.push_back(Value::integer(i));
    if (__builtin_add_overflow(i, step, &i)) break;
  }
  return true;
}

Value until_step(Runtime& run, Arguments arguments) {
  if (!gather_steps(run, arguments[0].integer(), arguments[1].integer(), arguments[2].integer()))
    return {};
  return run.list(Type::IntList);
}

Value until(Runtime& run, Arguments arguments) {
  const std::int64_t count = arguments[0].integer();
  if (!gather_steps(run, 0, count, count < 0 ? -1 : 1)) return {};
  return run.list(Type::IntList);
}

// `seq` of end; start, end; start, step, end. All are included.
Value seq(Runtime& run, Arguments arguments) {
  if (arguments.empty() || arguments.size() > 3) return Value::of(std::string_view());
  const std::int64_t start = arguments.size() == 1 ? 1 : arguments[0].integer();
  const std::int64_t end = arguments.back().integer();
  const std::int64_t direction = end < start ? -1 : 1;
  const std::int64_t step = arguments.size() == 3 ? arguments[1].integer() : direction;
  if (arguments.size() == 3 && direction < 0 && step > 0) return Value::of(std::string_view());
  if (!gather_steps(run, start, wrap(bits(end) + bits(direction)), step)) return {};
  std::string& out = run.scratch();
  for (const Value& number : run.items_so_far()) {
    if (!out.empty()) out += ' ';
    out += std::to_string(number.integer());
  }
  return run.text(out);
}

// From `least` up to, without, `end`.
Value rand_int(Runtime& run, Arguments arguments) {
  const std::int64_t least = arguments[0].integer();
  const std::int64_t end = arguments[1].integer();
  if (end <= least) return run.fail("an empty range");
  return Value::integer(wrap(bits(least) + run.random().next() % (bits(end) - bits(least))));
}

constexpr Function kFunctions[] = {
    {"add", "v*", &add},          {"add1", "v", &add1},
    {"atoi", "s", &atoi},         {"biggest", "vv*", &largest},
    {"div", "vv", &div},          {"float64", "v", &to_float64},
    {"int", "v", &to_int},        {"int64", "v", &to_int64},
    {"max", "vv*", &largest},     {"min", "vv*", &smallest},
    {"mod", "vv", &mod},          {"mul", "vv*", &mul},
    {"randInt", "ii", &rand_int}, {"seq", "i*", &seq},
    {"sub", "vv", &sub},          {"toDecimal", "v", &to_decimal},
    {"until", "i", &until},       {"untilStep", "iii", &until_step},
};

}  // namespace

std::int64_t to_integer(const Value& value) {
  switch (value.type()) {
    case Type::Float64: {
      constexpr double kLimit = 9.2233720368547758e18;
      const double number = value.number();
      if (!(number > -kLimit && number < kLimit)) return std::numeric_limits<std::int64_t>::min();
      return static_cast<std::int64_t>(number);
    }
    case Type::String:
      return parse_integer(without_zero_decimals(value.text())).value_or(0);
    case Type::Bool:
      return value.boolean() ? 1 : 0;
    case Type::Duration:
      return 0;
    default:
      return value.is_integer() ? value.integer() : 0;
  }
}

double to_double(const Value& value) {
  switch (value.type()) {
    case Type::Float64:
      return value.number();
    case Type::String:
      return parse_double(value.text()).value_or(0);
    case Type::Duration:
      return 0;
    case Type::Bool:
      return value.boolean() ? 1 : 0;
    default:
      return value.is_integer() ? static_cast<double>(value.integer()) : 0;
  }
}

std::span<const Function> number_functions() { return kFunctions; }

}  // namespace agent::logs::templates
