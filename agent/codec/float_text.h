#pragma once
// Floating-point numbers as Prometheus' formats write them.
#include <optional>
#include <string>
#include <string_view>

namespace agent::codec {

/// As Go's ParseFloat takes it, decimal only: sign, digits, point, exponent; nan without a sign and
/// inf, infinity in any case. A NaN is model::normal_nan(); too small is 0. nullopt: no number, or
/// beyond the range of double. Spec: metrics.md 5.2.
std::optional<double> parse_float(std::string_view text);

/// The shortest text that reads back as `value`; +Inf, -Inf, NaN.
std::string format_float(double value);

/// The form of `le` and `quantile`: shortest digits; an exponent ("1e+06") where the decimal
/// exponent is below -4 or above 5, else with a point ("1.0"). Spec: metrics.md 5.4.
std::string format_bound(double value);

}  // namespace agent::codec
