#pragma once
// Where spans go and how they are batched. Read by traces/, used by export/. Spec: traces.md 1.
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "agent/base/clock.h"
#include "agent/model/http_client_config.h"

namespace agent::model {

enum class OtlpProtocol { Grpc, Http };
enum class OtlpCompression { None, Gzip, Zstd };

/// How request bytes are joined and cut.
struct OtlpBatchConfig {
  Duration timeout = std::chrono::seconds(1);  ///< a batch waits no longer for more spans
  std::uint32_t send_batch_size = 8192;        ///< spans at which a batch is sent
  std::uint32_t send_batch_max_size = 8192;    ///< most spans of a batch; larger ones are cut
  std::uint64_t max_bytes = 2U << 20U;         ///< most bytes of a batch, uncompressed
};

/// One backend for spans.
struct OtlpExporterConfig {
  std::string name;  ///< of the ledger's account: "tempo:4317"
  OtlpProtocol protocol = OtlpProtocol::Grpc;
  std::string host;
  std::uint16_t port = 4317;
  bool tls_enabled = false;
  TlsConfig tls;
  std::string url;  ///< for people; of OtlpProtocol::Http also what is posted to
  OtlpCompression compression = OtlpCompression::Gzip;
  Duration timeout = std::chrono::seconds(10);  ///< of one request
  std::vector<std::pair<std::string, std::string>> headers;
  Duration retry_base = std::chrono::milliseconds(500);
  Duration retry_cap = std::chrono::seconds(30);
  std::uint64_t queue_max_bytes = 0;  ///< 0: the default of all outboxes
};

}  // namespace agent::model
