#include "agent/logs/stages/luhn.h"

#include <charconv>
#include <cstdint>

namespace agent::logs {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }

// Bytes of the UTF-8 character at the start of `text`; 1 for what is none.
std::size_t character_size(std::string_view text) {
  const auto lead = static_cast<unsigned char>(text[0]);
  const std::size_t size = lead >= 0xF0U ? 4 : lead >= 0xE0U ? 3 : lead >= 0xC0U ? 2 : 1;
  return std::min(size, text.size());
}

// The digits of one number, with delimiters between them.
struct Run {
  std::size_t begin = 0;
  std::size_t end = 0;        // behind the last digit
  std::size_t resume = 0;     // behind the delimiters that follow
  std::size_t kept_from = 0;  // the last of these delimiters
  std::string digits;
};

Run take_run(std::string_view text, std::size_t begin, std::string_view delimiters) {
  Run out;
  out.begin = begin;
  std::size_t at = begin;
  while (at < text.size()) {
    if (is_digit(text[at])) {
      out.digits += text[at++];
      out.end = out.kept_from = at;
      continue;
    }
    const std::size_t size = character_size(text.substr(at));
    if (delimiters.find(text.substr(at, size)) == std::string_view::npos) break;
    out.kept_from = at;
    at += size;
  }
  out.resume = at;
  return out;
}

bool passes(std::string_view digits) {
  std::int64_t number = 0;
  const auto* end = digits.data() + digits.size();
  if (std::from_chars(digits.data(), end, number).ec != std::errc()) return false;
  int sum = 0;
  bool doubled = false;
  for (; number > 0; number /= 10, doubled = !doubled) {
    const int digit = static_cast<int>(number % 10) * (doubled ? 2 : 1);
    sum += digit > 9 ? digit - 9 : digit;
  }
  return sum % 10 == 0;
}

}  // namespace

bool replace_luhn(std::string_view text, const LuhnOptions& options, const LuhnSkip& skips,
                  std::string& out) {
  std::size_t copied = 0;  // up to here `text` is in `out`
  for (std::size_t at = 0; at < text.size();) {
    if (!is_digit(text[at])) {
      ++at;
      continue;
    }
    const Run run = take_run(text, at, options.delimiters);
    at = run.resume;
    if (run.digits.size() < options.min_digits || !passes(run.digits)) continue;
    if (skips && skips(run.begin, run.end)) continue;
    if (copied == 0) out.clear();
    out += text.substr(copied, run.begin - copied);
    out += options.replacement;
    // Of several delimiters behind a number the last one stays, as in Alloy.
    copied = run.kept_from;
  }
  if (copied == 0) return false;
  out += text.substr(copied);
  return true;
}

}  // namespace agent::logs
