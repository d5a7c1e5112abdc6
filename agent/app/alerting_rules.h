#pragma once
#include "agent/config/reader.h"

namespace agent::app {

/// Checks the shape of `alerting_rules:` (groups of rules with alert or record, expr, for, labels,
/// annotations). The agent does not evaluate rules; a note in the report says so.
void check_alerting_rules(const config::Node& key, const config::Node& node,
                          config::Report& report);

}  // namespace agent::app
