#pragma once
// Card numbers in a text. Spec: logs.md 12 (luhn).
#include <functional>
#include <string>
#include <string_view>

namespace agent::logs {

/// Where digits are looked for and what takes their place.
struct LuhnOptions {
  std::string replacement = "**REDACTED**";
  /// Runs of fewer digits stay.
  std::size_t min_digits = 13;
  /// Characters (UTF-8) that may stand between the digits of one number.
  std::string delimiters;
};

/// Told of a number that would be replaced, by its place; true: it stays.
using LuhnSkip = std::function<bool(std::size_t begin, std::size_t end)>;

/// Writes `text` into `out` with the numbers that pass the Luhn check replaced. False, and `out`
/// untouched, where there are none.
bool replace_luhn(std::string_view text, const LuhnOptions& options, const LuhnSkip& skips,
                  std::string& out);

}  // namespace agent::logs
