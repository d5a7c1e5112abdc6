#pragma once
#include <memory>

#include "agent/codec/exposition.h"

namespace agent::codec {

/// Prometheus' text format 0.0.4 and 1.0.0. Spec: metrics.md 5.2.
std::unique_ptr<ExpositionParser> make_prometheus_parser(ExpositionVisitor& visitor);

}  // namespace agent::codec
