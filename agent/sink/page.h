#pragma once
#include <string>

#include "agent/sink/arrivals.h"

namespace agent::sink {

/// One HTML page: the counts and the newest records of each signal. What arrived is untrusted and
/// escaped.
std::string render_page(const Arrivals& arrivals);

}  // namespace agent::sink
