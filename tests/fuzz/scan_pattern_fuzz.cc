// Whatever ScanPattern takes, it matches as RE2 does.
#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

#include <re2/re2.h>

#include "agent/base/check.h"
#include "agent/logs/stages/scan_pattern.h"

namespace {

void compare(const agent::logs::ScanPattern& scan, const RE2& re, std::string_view text,
             std::size_t from) {
  const std::size_t count = scan.group_count() + 1;
  std::vector<std::string_view> groups(count);
  std::vector<re2::StringPiece> expected(count);
  using Outcome = agent::logs::ScanPattern::Outcome;
  const Outcome outcome = scan.find(text, from, groups);
  if (outcome == Outcome::GaveUp) return;
  const bool matches =
      re.Match(text, from, text.size(), RE2::UNANCHORED, expected.data(), static_cast<int>(count));
  AGENT_CHECK(matches == (outcome == Outcome::Match));
  for (std::size_t i = 0; matches && i < count; ++i) {
    AGENT_CHECK(groups[i].data() == expected[i].data());
    AGENT_CHECK(groups[i].size() == expected[i].size());
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view all(reinterpret_cast<const char*>(data), size);
  // The expression, a NUL, the text.
  const std::size_t end = all.find('\0');
  if (end == std::string_view::npos || end > 200) return 0;
  const std::string expression(all.substr(0, end));
  std::string text(all.substr(end + 1));
  const auto scan = agent::logs::ScanPattern::compile(expression);
  if (!scan) return 0;
  RE2::Options options;
  options.set_log_errors(false);
  // Text that is no UTF-8 is matched as the Latin-1 twin does; the expression has to be ASCII then.
  const auto is_ascii = [](char c) { return static_cast<unsigned char>(c) < 0x80; };
  const bool ascii = std::all_of(expression.begin(), expression.end(), is_ascii);
  if (ascii) options.set_encoding(RE2::Options::EncodingLatin1);
  if (!ascii) std::erase_if(text, [&](char c) { return !is_ascii(c); });
  const RE2 re(expression, options);
  if (!re.ok()) return 0;
  AGENT_CHECK(static_cast<int>(scan->group_count()) == re.NumberOfCapturingGroups());
  compare(*scan, re, text, 0);
  compare(*scan, re, text, text.size() / 2);
  return 0;
}
