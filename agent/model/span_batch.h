#pragma once
// Spans on their way from a receiver to the exporters: OTLP bytes, never decoded further than
// needed.
#include <cstdint>
#include <string>

namespace agent::model {

/// The bytes of one ExportTraceServiceRequest with `spans` spans in it. Requests may be joined by
/// appending their bytes: resource_spans is a repeated field.
struct SpanBatch {
  std::string otlp;
  std::uint32_t spans = 0;
};

}  // namespace agent::model
