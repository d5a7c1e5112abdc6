#pragma once
#include <cstdint>

#include "agent/logs/stages/template/value.h"

namespace agent::logs::templates {

/// Numbers as sprig makes them of anything: what is no number is 0; a text is read with its prefix
/// ("0x1f"; "010" is 8) and may end in ".0".
std::int64_t to_integer(const Value& value);
double to_double(const Value& value);

}  // namespace agent::logs::templates
