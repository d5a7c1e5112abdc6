#pragma once
#include "agent/logs/stages/template/functions.h"

namespace agent::logs::templates {

/// Go's reflect.DeepEqual: the same types and, all the way down, the same values. Nested too deep:
/// the run fails.
bool deep_equal(Runtime& run, const Value& a, const Value& b, int depth = 0);

}  // namespace agent::logs::templates
