#pragma once
// Decoders of the sink: one request body in, one Arrival out. Pure. They use libprotobuf and
// simdjson and share no code with the senders of export/ and codec/, so that each side checks the
// other. They are strict where a receiver of the ecosystem may refuse: what passes here passes
// there.
//
// Errors, all of them: Input, with the place inside the request.
#include <string_view>

#include "agent/base/result.h"
#include "agent/sink/arrivals.h"

namespace agent::sink {

/// prometheus.WriteRequest. Records: {"labels":{..},"timestamp":ms,"value":number or text,
/// "stale":bool}; NaN and infinities are texts, as JSON has no number for them. Labels must be
/// sorted, unique, not empty, and hold __name__. Spec: metrics.md 7.3.
Result<Arrival> decode_remote_write(std::string_view protobuf);
/// io.prometheus.write.v2.Request; the same records.
Result<Arrival> decode_remote_write_v2(std::string_view protobuf);

/// Loki's PushRequest. Records: {"labels":{..},"timestamp":"ns","line":"..","metadata":{..}}.
/// Spec: logs.md 10.1.
Result<Arrival> decode_loki_protobuf(std::string_view protobuf);
/// Loki's JSON form. Spec: logs.md 10.2.
Result<Arrival> decode_loki_json(std::string_view json);

/// ExportTraceServiceRequest. Records: {"traceId":hex,"spanId":hex,"parentSpanId":hex,
/// "traceState":..,"name":..,"kind":n,"startTimeUnixNano":"..","endTimeUnixNano":"..",
/// "statusCode":n,"service":..,"flags":n,"attributes":{..}}. Ids must be well formed, as Tempo
/// asks. Spec: traces.md 3.1, 3.3.
Result<Arrival> decode_otlp_traces(std::string_view protobuf);

}  // namespace agent::sink
