#pragma once
// OTLP/JSON <-> OTLP protobuf, driven by the tables of otlp_schema.h. Spec: traces.md 11.
#include <string>
#include <string_view>

#include "agent/base/result.h"
#include "agent/codec/otlp_schema.h"

namespace agent::codec {

/// The protobuf bytes of one JSON object. Unknown names are left out, null is absent. Errors:
/// Input, with the place: "resourceSpans[0].scopeSpans[0].spans[3].kind: an integer is expected".
Result<std::string> otlp_from_json(const MessageSchema& schema, std::string_view json);

/// The JSON object of protobuf bytes, on one line; defaults and unknown fields are left out.
/// Errors: Input (malformed, a known field with another wire type, values nested more than 64
/// deep).
Result<std::string> otlp_to_json(const MessageSchema& schema, std::string_view protobuf);

}  // namespace agent::codec
