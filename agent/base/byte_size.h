#pragma once
// Sizes as users write them; all units are powers of 1024.
#include <cstdint>
#include <string>
#include <string_view>

#include "agent/base/result.h"

namespace agent {

/// Digits, an optional fraction, optional blanks and a unit in any case: none or B, K KB KiB, M..,
/// G.., T.., P.., E... "64MiB", "1.5GB", "512". No sign. Errors: Input. (Readers of metrics.md 1.2
/// are stricter and check before.)
Result<std::uint64_t> parse_byte_size(std::string_view text);

/// Promtail's form: digits, at most one blank, and nothing, b, byte, k, kb, m, mb, g, gb, t, tb, p,
/// pb, e or eb in any case; no fraction, no sign. Errors: Input. Spec: logs.md 1.1.
Result<std::uint64_t> parse_promtail_size(std::string_view text);

/// "512 B", "1.5 KiB", "64 MiB": at most one decimal.
std::string format_byte_size(std::uint64_t bytes);

}  // namespace agent
