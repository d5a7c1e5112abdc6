#include "agent/traces/ratio_sampler.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdlib>

#include "agent/base/check.h"
#include "agent/traces/tracestate.h"

namespace agent::traces {
namespace {

constexpr int kDigits = 14;    // hex digits of 56 bits
constexpr int kPrecision = 4;  // significant ones in a threshold that is made from a ratio
constexpr int kMantissaBits = 53;
constexpr std::size_t kTraceIdBytes = 16;
constexpr std::size_t kRandomBytes = 7;

bool is_digit(char c) { return c >= '0' && c <= '9'; }

std::size_t count_digits(std::string_view text, std::size_t from) {
  std::size_t end = from;
  while (end < text.size() && is_digit(text[end]))
    ++end;
  return end - from;
}

// [0-9]+ [. [0-9]*] | . [0-9]+, then an optional exponent.
bool is_plain_decimal(std::string_view text) {
  std::size_t at = count_digits(text, 0);
  std::size_t digits = at;
  if (at < text.size() && text[at] == '.') {
    const std::size_t fraction = count_digits(text, at + 1);
    digits += fraction;
    at += 1 + fraction;
  }
  if (digits == 0) return false;
  if (at < text.size() && (text[at] == 'e' || text[at] == 'E')) {
    ++at;
    if (at < text.size() && (text[at] == '+' || text[at] == '-')) ++at;
    const std::size_t exponent = count_digits(text, at);
    if (exponent == 0) return false;
    at += exponent;
  }
  return at == text.size();
}

// `kept` of 2^56 traces are kept. The threshold to 4 hex digits, not counting leading f's or
// leading zeros; halves are rounded up.
std::uint64_t rounded_threshold(std::uint64_t kept) {
  const std::uint64_t exact = kTwo56 - kept;
  if (exact == 0) return 0;
  const int leading_zeros = (std::countl_zero(exact) - 8) / 4;
  const int leading_fs = std::countl_one(exact << 8U) / 4;
  const int digits = std::min(kDigits, kPrecision + std::max(leading_zeros, leading_fs));
  const int cut = 4 * (kDigits - digits);
  if (cut == 0) return exact;
  return (exact + (std::uint64_t{1} << (cut - 1))) >> cut << cut;
}

// The last 7 bytes of the trace id, big-endian.
std::uint64_t randomness_of(std::string_view trace_id) {
  std::uint64_t value = 0;
  for (const char c : trace_id.substr(kTraceIdBytes - kRandomBytes))
    value = value << 8U | static_cast<unsigned char>(c);
  return value;
}

}  // namespace

Result<double> parse_ratio(std::string_view text) {
  Error error{ErrorKind::Input,
              "\"" + std::string(text) + "\" is not a ratio: a number from 0 to 1 is expected"};
  if (!is_plain_decimal(text)) return error;
  const double ratio = std::strtod(std::string(text).c_str(), nullptr);
  if (!(ratio <= 1)) return error;
  return ratio;
}

Result<SamplerMode> parse_sampler_mode(std::string_view text) {
  if (text == "equalizing") return SamplerMode::Equalizing;
  if (text == "proportional") return SamplerMode::Proportional;
  return Error{ErrorKind::Input,
               "\"" + std::string(text) + "\": equalizing or proportional is expected"};
}

std::uint64_t ratio_threshold(double ratio) {
  if (ratio >= 1) return 0;
  const double scaled = std::ldexp(ratio, 56);
  const double whole = std::floor(scaled);
  const auto kept = static_cast<std::uint64_t>(whole) + (scaled - whole >= 0.5 ? 1U : 0U);
  return rounded_threshold(std::max<std::uint64_t>(kept, 1));
}

RatioSampler::RatioSampler(double ratio, SamplerMode mode)
    : mode_(mode), keeps_all_(ratio >= 1), keeps_none_(!(ratio > 0)) {
  if (keeps_all_ || keeps_none_) return;
  threshold_ = ratio_threshold(ratio);
  threshold_text_ = threshold_text(threshold_);
  own_state_ = "ot=th:" + threshold_text_;
  const double fraction = std::frexp(ratio, &exponent_);
  mantissa_ = static_cast<std::uint64_t>(std::ldexp(fraction, kMantissaBits));
  exponent_ -= kMantissaBits;
}

// The threshold of ratio * probability(arriving); nullopt below 2^-56.
std::optional<std::uint64_t> RatioSampler::proportional_threshold(std::uint64_t arriving) const {
  __extension__ using Wide = unsigned __int128;
  const Wide product = Wide{mantissa_} * (kTwo56 - arriving);  // at most 109 bits
  const int shift = -exponent_;                                // at least 53: ratios are below 1
  if (shift >= 120) return std::nullopt;
  if (product >> shift == 0) return std::nullopt;
  const Wide half = Wide{1} << (shift - 1);
  return rounded_threshold(static_cast<std::uint64_t>((product + half) >> shift));
}

RatioSampler::Decision RatioSampler::decide(std::string_view trace_id, std::string_view trace_state,
                                            std::string& out) const {
  AGENT_CHECK(trace_id.size() == kTraceIdBytes);
  if (keeps_all_) return {true, false, false};
  if (keeps_none_) return {};
  const std::uint64_t own_randomness = randomness_of(trace_id);
  if (trace_state.empty()) {
    if (own_randomness < threshold_) return {};
    out += own_state_;
    return {true, true, false};
  }
  const TraceState state(trace_state);
  const std::uint64_t randomness = state.randomness().value_or(own_randomness);
  const auto arriving = state.threshold();
  if (arriving && randomness < *arriving) {
    if (randomness < threshold_) return {false, false, true};
    state.write_with_threshold({}, out);
    return {true, true, true};
  }
  std::uint64_t needed = threshold_;
  if (arriving && mode_ == SamplerMode::Proportional) {
    const auto lower = proportional_threshold(*arriving);
    if (!lower) return {};
    needed = *lower;
  } else if (arriving && *arriving >= threshold_) {
    return {true, false, false};
  }
  if (randomness < needed) return {};
  if (!state.readable()) return {true, false, false};
  state.write_with_threshold(needed == threshold_ ? threshold_text_ : threshold_text(needed), out);
  return {true, true, false};
}

}  // namespace agent::traces
