#pragma once
#include <optional>
#include <string_view>

#include "agent/base/clock.h"

namespace agent::codec {

/// "2024-02-29T12:00:00.5+01:00" or "...Z", with up to nine digits of a fraction that count.
/// nullopt: anything else, a day that does not exist, or a time that nanoseconds since 1970 do not
/// reach (before 1678, after 2261).
std::optional<Timestamp> parse_rfc3339(std::string_view text);

}  // namespace agent::codec
