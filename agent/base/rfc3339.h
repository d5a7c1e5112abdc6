#pragma once
#include <string>

#include "agent/base/clock.h"

namespace agent {

/// "2006-01-02T15:04:05.999999999Z", in UTC; a fraction of zeros is left out.
std::string format_rfc3339(Timestamp time);

}  // namespace agent
