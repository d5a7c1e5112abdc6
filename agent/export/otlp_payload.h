#pragma once
// What an outbox holds of spans: one ExportTraceServiceRequest, compressed or not.
#include <string>
#include <string_view>
#include <vector>

#include "agent/base/result.h"
#include "agent/model/otlp_exporter.h"
#include "agent/queue/block.h"

namespace agent::exporter {

/// The request as it is stored and sent. Gzip leaves requests up to 1 KiB as they are.
std::string encode_otlp_payload(std::string request, model::OtlpCompression compression);

/// "gzip", "zstd" or "" for a payload that encode_otlp_payload() made with `compression`.
std::string_view otlp_payload_encoding(std::string_view payload,
                                       model::OtlpCompression compression);

/// The request again. Errors: Input, Overloaded.
Result<std::string> decode_otlp_payload(std::string_view payload,
                                        model::OtlpCompression compression);

/// Two blocks with the spans of `block` in their order, receipts shared out; empty for a single
/// span.
std::vector<queue::Block> halve_otlp_block(const queue::Block& block,
                                           model::OtlpCompression compression);

/// What a backend says in an ExportTraceServiceResponse; nothing where it cannot be read.
struct OtlpPartialSuccess {
  std::uint64_t rejected = 0;
  std::string message;
};
OtlpPartialSuccess read_otlp_response(std::string_view response);

}  // namespace agent::exporter
