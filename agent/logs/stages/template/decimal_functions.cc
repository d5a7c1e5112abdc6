// Floats. Sprig adds, subtracts, multiplies and divides them as decimals: 0.1 and 0.2 are 0.3.
#include <charconv>
#include <cmath>
#include <optional>
#include <string>

#include "agent/logs/stages/template/functions.h"
#include "agent/logs/stages/template/number.h"
#include "agent/logs/stages/template/runtime.h"

namespace agent::logs::templates {
namespace {

__extension__ using Wide = __int128;

// digits * 10^exponent
struct Decimal {
  Wide digits = 0;
  int exponent = 0;
};

// Decimal places of a quotient.
constexpr int kQuotientPlaces = 16;

// The shortest decimal that reads back as `number`; nullopt for what is not finite.
std::optional<Decimal> decimal_of(double number) {
  if (!std::isfinite(number)) return std::nullopt;
  char text[40];
  const auto end =
      std::to_chars(text, text + sizeof text, number, std::chars_format::scientific).ptr;
  Decimal out;
  const char* at = text + (text[0] == '-' ? 1 : 0);
  bool behind_point = false;
  for (; at != end && *at != 'e'; ++at) {
    if (*at == '.') {
      behind_point = true;
      continue;
    }
    out.digits = out.digits * 10 + (*at - '0');
    if (behind_point) --out.exponent;
  }
  int exponent = 0;
  if (at != end) std::from_chars(at[1] == '+' ? at + 2 : at + 1, end, exponent);
  out.exponent += exponent;
  if (text[0] == '-') out.digits = -out.digits;
  return out;
}

double double_of(const Decimal& decimal) {
  std::string text;
  Wide rest = decimal.digits < 0 ? -decimal.digits : decimal.digits;
  do {
    text.insert(text.begin(), static_cast<char>('0' + static_cast<int>(rest % 10)));
    rest /= 10;
  } while (rest > 0);
  text += 'e';
  text += std::to_string(decimal.exponent);
  if (decimal.digits < 0) text.insert(text.begin(), '-');
  double out = 0;
  std::from_chars(text.data(), text.data() + text.size(), out);
  return out;
}

// digits * 10^count; false where that is too wide.
bool scale(Wide& digits, int count) {
  for (; count > 0 && digits != 0; --count)
    if (__builtin_mul_overflow(digits, Wide{10}, &digits)) return false;
  return true;
}

bool add(Decimal& a, Decimal b) {
  const int exponent = std::min(a.exponent, b.exponent);
  if (!scale(a.digits, a.exponent - exponent) || !scale(b.digits, b.exponent - exponent))
    return false;
  a.exponent = exponent;
  return !__builtin_add_overflow(a.digits, b.digits, &a.digits);
}

bool subtract(Decimal& a, Decimal b) {
  b.digits = -b.digits;
  return add(a, b);
}

bool multiply(Decimal& a, Decimal b) {
  a.exponent += b.exponent;
  return !__builtin_mul_overflow(a.digits, b.digits, &a.digits);
}

bool divide(Decimal& a, Decimal b) {
  const int places = a.exponent - b.exponent + kQuotientPlaces;
  if (!scale(a.digits, places) || !scale(b.digits, -places)) return false;
  const Wide rest = a.digits % b.digits;
  const bool negative = (a.digits < 0) != (b.digits < 0);
  a.digits /= b.digits;
  const Wide size = rest < 0 ? -rest : rest;
  const Wide half = (b.digits < 0 ? -b.digits : b.digits) - size;
  if (size >= half) a.digits += negative ? -1 : 1;
  a.exponent = -kQuotientPlaces;
  return true;
}

// Decimals as far as they go; doubles beyond.
Value fold(Runtime& run, const Value& first, Arguments others, bool (*exact)(Decimal&, Decimal),
           double (*rough)(double, double)) {
  double out = to_double(first);
  auto sum = decimal_of(out);
  for (const Value& other : others) {
    const double number = to_double(other);
    const auto decimal = decimal_of(number);
    if (exact == &divide && number == 0) return run.fail("division by zero");
    out = rough(out, number);
    if (sum && (!decimal || !exact(*sum, *decimal))) sum.reset();
    if (sum) out = double_of(*sum);
  }
  return Value::of(out);
}

Value addf(Runtime& run, Arguments arguments) {
  return fold(run, Value::of(0.0), arguments, &add, [](double a, double b) { return a + b; });
}
Value add1f(Runtime& run, Arguments arguments) {
  const Value one = Value::of(1.0);
  return fold(run, arguments[0], {&one, 1}, &add, [](double a, double b) { return a + b; });
}
Value subf(Runtime& run, Arguments arguments) {
  return fold(run, arguments[0], arguments.subspan(1), &subtract,
              [](double a, double b) { return a - b; });
}
Value mulf(Runtime& run, Arguments arguments) {
  return fold(run, arguments[0], arguments.subspan(1), &multiply,
              [](double a, double b) { return a * b; });
}
Value divf(Runtime& run, Arguments arguments) {
  return fold(run, arguments[0], arguments.subspan(1), &divide,
              [](double a, double b) { return a / b; });
}

Value maxf(Runtime& /*run*/, Arguments arguments) {
  double out = to_double(arguments[0]);
  for (const Value& value : arguments.subspan(1))
    out = std::fmax(out, to_double(value));
  return Value::of(out);
}

Value minf(Runtime& /*run*/, Arguments arguments) {
  double out = to_double(arguments[0]);
  for (const Value& value : arguments.subspan(1))
    out = std::fmin(out, to_double(value));
  return Value::of(out);
}

Value ceil(Runtime& /*run*/, Arguments arguments) {
  return Value::of(std::ceil(to_double(arguments[0])));
}

Value floor(Runtime& /*run*/, Arguments arguments) {
  return Value::of(std::floor(to_double(arguments[0])));
}

// To so many places; upwards from a fraction of .5 or the third argument on.
Value round(Runtime& /*run*/, Arguments arguments) {
  const double threshold = arguments.size() > 2 ? arguments[2].number() : 0.5;
  const double power = std::pow(10.0, static_cast<double>(arguments[1].integer()));
  const double digits = power * to_double(arguments[0]);
  double whole = 0;
  const double fraction = std::modf(digits, &whole);
  return Value::of((fraction >= threshold ? std::ceil(digits) : std::floor(digits)) / power);
}

constexpr Function kFunctions[] = {
    {"add1f", "v", &add1f}, {"addf", "v*", &addf},  {"ceil", "v", &ceil},
    {"divf", "vv*", &divf}, {"floor", "v", &floor}, {"maxf", "vv*", &maxf},
    {"minf", "vv*", &minf}, {"mulf", "vv*", &mulf}, {"round", "vif*", &round},
    {"subf", "vv*", &subf},
};

}  // namespace

std::span<const Function> decimal_functions() { return kFunctions; }

}  // namespace agent::logs::templates
