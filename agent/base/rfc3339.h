#pragma once
// Times as machines write them (RFC 3339): written for answers and files, read at the speed of a
// comparison, as every line of a container runtime begins with one.
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "agent/base/clock.h"

namespace agent {

/// The nanoseconds since the whole second before `time`. (Subtracting that second overflows at the
/// first of the times that there are.)
constexpr std::int64_t nanosecond_of(Timestamp time) {
  const std::int64_t rest = time.time_since_epoch().count() % 1'000'000'000;
  return rest < 0 ? rest + 1'000'000'000 : rest;
}

/// "2006-01-02T15:04:05.999999999Z", in UTC; a fraction of zeros is left out.
std::string format_rfc3339(Timestamp time);

/// Reads `2006-01-02T15:04:05[.fraction](Z|+07:00|-07:00)` and nothing else: two digits everywhere,
/// `T` and `Z`, years 1678 to 2261. What it refuses may still be a time in Go's layout RFC3339Nano
/// (one-digit hours, a comma): the caller asks GoLayout then. Lines that follow one another share
/// their minute, so the last one is remembered. Spec: logs.md 8.2.
class Rfc3339Reader {
 public:
  /// The time at the start of `text` and, in `length`, the bytes it takes.
  std::optional<Timestamp> take(std::string_view text, std::size_t& length);
  /// The same where it is all of `text`.
  std::optional<Timestamp> parse(std::string_view text);

 private:
  bool take_minute(const char* text);
  static constexpr std::size_t kMinuteLength = 16;  // "2006-01-02T15:04"
  char minute_[kMinuteLength] = {};
  std::int64_t minute_ns_ = 0;
};

}  // namespace agent
