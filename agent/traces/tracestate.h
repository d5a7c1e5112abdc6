#pragma once
// W3C tracestate and its member `ot`, as the head sampler reads and writes them. Spec:
// traces.md 6.1, 6.4.
#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace agent::traces {

/// Sampling thresholds and randomness are 56-bit integers.
constexpr std::uint64_t kTwo56 = std::uint64_t{1} << 56U;

/// The text of a threshold: its 14 hex digits without trailing zeros; "0" for zero.
std::string threshold_text(std::uint64_t threshold);

/// A tracestate taken apart; views into the text, which outlives it. Making one does not allocate.
class TraceState {
 public:
  explicit TraceState(std::string_view text);

  /// False where a member breaks the grammar or there are too many: the text is then left alone.
  bool readable() const { return readable_; }
  /// `ot=th:`, filled up to 56 bits; nullopt where absent or not 1 to 14 lower-case hex digits.
  std::optional<std::uint64_t> threshold() const { return threshold_; }
  /// `ot=rv:`; nullopt where absent or not 14 lower-case hex digits.
  std::optional<std::uint64_t> randomness() const { return randomness_; }

  /// Appends the tracestate with `threshold` (a text as threshold_text() makes it) in the place of
  /// its th, or with no th where it is empty. `ot` comes first, th last in it; members past 32 fall
  /// off. Only for readable ones.
  void write_with_threshold(std::string_view threshold, std::string& out) const;

 private:
  static constexpr std::size_t kMaxMembers = 32;
  bool read_members(std::string_view text);
  void read_ot(std::string_view value);

  std::array<std::string_view, kMaxMembers> members_;  // "key=value"
  std::size_t member_count_ = 0;
  std::string_view ot_;  // value of the first `ot`, where it keeps the grammar
  bool readable_ = false;
  std::optional<std::uint64_t> threshold_;
  std::optional<std::uint64_t> randomness_;
};

}  // namespace agent::traces
