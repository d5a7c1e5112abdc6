#pragma once
// The head sampler: a span is kept when the randomness of its trace reaches a threshold. Spec:
// traces.md 6.
//
// DESIGN. With R the 56 random bits of a trace and T = 2^56 - ratio * 2^56, keep when R >= T. Every
// node and every SDK that follows the scheme keeps the same traces. T travels in the tracestate
// (ot=th), so that a second sampler knows what the first one did. Doubles are left behind when the
// sampler is made: decisions compare integers.
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "agent/base/result.h"

namespace agent::traces {

enum class SamplerMode {
  Equalizing,    ///< the ratio is the share that is left in the end, whatever came before
  Proportional,  ///< the ratio is the share of what arrives
};

struct SamplerConfig {
  double ratio = 1;
  SamplerMode mode = SamplerMode::Equalizing;
};

/// A ratio as users write it: decimal digits, 0 to 1, an exponent allowed; no sign. Errors: Input.
Result<double> parse_ratio(std::string_view text);

/// "equalizing" or "proportional". Errors: Input.
Result<SamplerMode> parse_sampler_mode(std::string_view text);

/// 56-bit rejection threshold of `ratio` in (0, 1], rounded to 4 significant hex digits.
/// Spec: 6.2.
std::uint64_t ratio_threshold(double ratio);

/// Decides about spans. Immutable; any thread.
class RatioSampler {
 public:
  explicit RatioSampler(double ratio, SamplerMode mode = SamplerMode::Equalizing);
  explicit RatioSampler(const SamplerConfig& config) : RatioSampler(config.ratio, config.mode) {}

  struct Decision {
    bool keep = false;
    bool rewrite = false;       ///< the tracestate is replaced by what was written
    bool inconsistent = false;  ///< the arriving th could not have kept this span
  };
  /// `trace_id` has 16 bytes. With `rewrite`, the new tracestate has been appended to `out`; it may
  /// be empty.
  Decision decide(std::string_view trace_id, std::string_view trace_state, std::string& out) const;

  bool keeps_all() const { return keeps_all_; }
  bool keeps_none() const { return keeps_none_; }
  /// Of ratios between 0 and 1.
  std::uint64_t threshold() const { return threshold_; }

 private:
  std::optional<std::uint64_t> proportional_threshold(std::uint64_t arriving) const;

  SamplerMode mode_;
  bool keeps_all_;
  bool keeps_none_;
  std::uint64_t threshold_ = 0;
  std::string threshold_text_;
  std::string own_state_;  // "ot=th:8": for spans without tracestate
  // The ratio is mantissa_ * 2^exponent_, exactly.
  std::uint64_t mantissa_ = 0;
  int exponent_ = 0;
};

}  // namespace agent::traces
