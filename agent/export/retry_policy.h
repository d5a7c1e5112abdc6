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
  bool retry_on_429 = true;        ///< false: 429 drops (drop_rate_limited_batches,
                                   ///< retry_on_http_429)
  bool retry_auth_errors = false;  ///< OTLP only: a refused token is our fault, not the data's;
                                   ///< keep and retry slowly. The two others always do
};

/// Judges an HTTP answer, or the error that stood in its place. `now` is needed for Retry-After
/// dates. Ledger reasons are those of delivery.md 8 ("http_429"), whatever the peers call them.
Outcome judge_http(const RetryOptions& options, const Result<net::ClientResponse>& answer,
                   Timestamp now);

/// Judges a gRPC reply; partial success is the caller's to read. Of `options` only
/// retry_auth_errors counts. Ledger reasons are "grpc_<number>".
Outcome judge_grpc(const net::GrpcReply& reply, const RetryOptions& options = {});

/// Retry-After: whole seconds or an HTTP date in any of its three forms; 0 for garbage, dates in
/// the past and more than 10 minutes.
Duration parse_retry_after(std::string_view value, Timestamp now);

}  // namespace agent::exporter
