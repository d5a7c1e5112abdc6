#pragma once
// AGENT_CHECK(condition) aborts in every build and means "our bug". Input and environment are never
// CHECKed.

namespace agent::base {
/// Writes the failed condition with its place to stderr and aborts.
[[noreturn]] void check_failed(const char* condition, const char* file, int line);
}  // namespace agent::base

// A macro because it needs the text of the condition and its place.
#define AGENT_CHECK(condition)                         \
  (static_cast<bool>(condition) ? static_cast<void>(0) \
                                : ::agent::base::check_failed(#condition, __FILE__, __LINE__))
