#pragma once
// The one place that decides between retry and drop. Spec: logs.md 10.4, metrics.md 7.1,
// traces.md 5.2, delivery.md 4.1.
#include <string_view>

#include "agent/base/result.h"
#include "agent/export/transport.h"
#include "agent/net/grpc_client.h"
#include "agent/net/http_client.h"

namespace agent::exporter {

/// Whose table counts.
enum class Protocol { LokiPush, RemoteWrite, OtlpHttp };

struct RetryOptions {
  Protocol protocol = Protocol::RemoteWrite;
  bool retry_on_429 = true;  ///< false: 429 drops with reason rate_limited
                             ///< (drop_rate_limited_batches, retry_on_http_429)
};

/// Judges an HTTP answer, or the error that stood in its place. `now` is needed for Retry-After
/// dates.
Outcome judge_http(const RetryOptions& options, const Result<net::ClientResponse>& answer,
                   Timestamp now);

/// Judges a gRPC reply; partial success is the caller's to read.
Outcome judge_grpc(const net::GrpcReply& reply);

/// Retry-After: seconds or an HTTP date; 0 for garbage, dates in the past and more than 10 minutes.
Duration parse_retry_after(std::string_view value, Timestamp now);

}  // namespace agent::exporter
