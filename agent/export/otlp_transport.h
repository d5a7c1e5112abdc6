#pragma once
#include <memory>

#include "agent/base/log.h"
#include "agent/export/transport.h"
#include "agent/loop/event_loop.h"
#include "agent/model/otlp_exporter.h"

namespace agent::exporter {

/// The transport that `config` asks for. The references outlive it.
std::unique_ptr<Transport> make_otlp_transport(const model::OtlpExporterConfig& config,
                                               loop::EventLoop& loop, const Clock& clock,
                                               Logger& log);

}  // namespace agent::exporter
