#pragma once
#include <memory>

#include "agent/codec/exposition.h"

namespace agent::codec {

/// OpenMetrics 1.0 and 0.0.1, text. Spec: metrics.md 5.3.
std::unique_ptr<ExpositionParser> make_openmetrics_parser(ExpositionVisitor& visitor);

}  // namespace agent::codec
