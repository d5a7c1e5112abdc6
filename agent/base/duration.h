#pragma once
// The duration texts of the two worlds that our users' files come from.
#include <string>
#include <string_view>

#include "agent/base/clock.h"
#include "agent/base/result.h"

namespace agent {

/// Go's time.ParseDuration: "300ms", "1.5h", "1h30m", "-2s"; units ns us µs ms s m h; a bare number
/// only as "0". Errors: Input.
Result<Duration> parse_go_duration(std::string_view text);

/// Prometheus' durations: "0", or y w d h m s ms, each at most once, in that order, integers only
/// ("1h30m", "1d"). Errors: Input. Spec: metrics.md 1.2.
Result<Duration> parse_prometheus_duration(std::string_view text);

/// Either of the two, for keys that are our own.
Result<Duration> parse_duration(std::string_view text);

/// As Prometheus prints it: 60s -> "1m", 90s -> "1m30s", 7d -> "1w", 0 -> "0s". Below 1 ms is cut
/// off.
std::string format_prometheus_duration(Duration duration);

/// As Go prints it: "1m30s", "1.5s", "300ms", "0s".
std::string format_go_duration(Duration duration);

}  // namespace agent
