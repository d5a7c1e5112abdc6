#pragma once
// The parts of the traces sections that are read the same way in both of their forms.
#include <string>

#include "agent/config/reader.h"
#include "agent/model/otlp_exporter.h"
#include "agent/traces/ratio_sampler.h"

namespace agent::traces {

/// `sampler:`. Spec: traces.md 1.1, 6.
SamplerConfig read_sampler_config(const config::Node& node, config::Report& report,
                                  const std::string& path);
/// `batch:`. Spec: traces.md 1.2.
model::OtlpBatchConfig read_batch_config(const config::Node& node, config::Report& report,
                                         const std::string& path);
/// Whether `endpoint` must be there.
enum class Endpoint { Required, Optional };
/// The keys of one exporter (endpoint, protocol, compression, timeout, headers, tls, retry, queue)
/// from a reader that may have more keys. Files below `tls` are relative to `folder`.
model::OtlpExporterConfig read_exporter_keys(config::Reader& reader, Endpoint endpoint,
                                             const std::string& folder);

}  // namespace agent::traces
