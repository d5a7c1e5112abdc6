#include "agent/codec/float_text.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <limits>

#include "agent/base/strings.h"
#include "agent/model/sample_batch.h"

namespace agent::codec {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

bool is_digit(char c) { return c >= '0' && c <= '9'; }

// Without its sign.
std::optional<double> parse_magnitude(std::string_view text) {
  double value = 0;
  const char* end = text.data() + text.size();
  const auto [stopped, error] = std::from_chars(text.data(), end, value);
  if (stopped != end) return std::nullopt;
  // Rare, and from_chars does not tell too small from too large.
  if (error == std::errc::result_out_of_range)
    value = std::strtod(std::string(text).c_str(), nullptr);
  if (std::isinf(value)) return std::nullopt;
  return value;
}

std::string special_text(double value) {
  if (std::isnan(value)) return "NaN";
  return value > 0 ? "+Inf" : "-Inf";
}

}  // namespace

std::optional<double> parse_float(std::string_view text) {
  const bool negative = !text.empty() && text[0] == '-';
  const bool has_sign = negative || (!text.empty() && text[0] == '+');
  const std::string_view magnitude = text.substr(has_sign ? 1 : 0);
  if (magnitude.empty()) return std::nullopt;
  std::optional<double> value;
  if (is_digit(magnitude[0]) || magnitude[0] == '.') {
    value = parse_magnitude(magnitude);
  } else if (equals_ignoring_case(magnitude, "inf") ||
             equals_ignoring_case(magnitude, "infinity")) {
    value = kInfinity;
  } else if (!has_sign && equals_ignoring_case(magnitude, "nan")) {
    return model::normal_nan();
  }
  if (value && negative) value = -*value;
  return value;
}

std::string format_float(double value) {
  if (!std::isfinite(value)) return special_text(value);
  char out[32];
  return {out, std::to_chars(out, out + sizeof out, value).ptr};
}

std::string format_bound(double value) {
  if (!std::isfinite(value)) return special_text(value);
  char out[64];
  char* const end = out + sizeof out;
  // "d.ddde+XX": what stands behind the 'e' decides.
  const char* const stop = std::to_chars(out, end, value, std::chars_format::scientific).ptr;
  const char* digits = std::find<const char*>(out, stop, 'e') + 1;
  if (*digits == '+') ++digits;
  int exponent = 0;
  std::from_chars(digits, stop, exponent);
  if (exponent < -4 || exponent >= 6) return {static_cast<const char*>(out), stop};
  const char* const fixed_stop = std::to_chars(out, end, value, std::chars_format::fixed).ptr;
  std::string plain(static_cast<const char*>(out), fixed_stop);
  if (plain.find('.') == std::string::npos) plain += ".0";
  return plain;
}

}  // namespace agent::codec
