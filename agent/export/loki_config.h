#pragma once
// One client of a promtail.yaml. Spec: logs.md 1.3.
#include <map>
#include <string>
#include <vector>

#include "agent/base/backoff.h"
#include "agent/config/node.h"
#include "agent/config/report.h"
#include "agent/model/http_client_config.h"
#include "agent/model/label_set.h"
#include "agent/queue/outbox_config.h"

namespace agent::exporter {

struct LokiClientConfig {
  std::string name;  ///< unique; made of the keys where none is given
  std::string url;
  std::string tenant_id;
  Duration batchwait = std::chrono::seconds(1);
  std::uint64_t batchsize_bytes = 1 << 20;
  Duration timeout = std::chrono::seconds(10);
  Backoff::Limits backoff;
  bool drop_rate_limited_batches = false;
  model::LabelSet external_labels;
  std::map<std::string, std::string> headers;
  model::HttpClientConfig http;
  queue::OutboxConfig outbox;
};

/// Reads the nodes of `clients` (and `client`), which stand at `paths`. Faults go to `report`; a
/// client that had one is returned as far as it could be read.
std::vector<LokiClientConfig> read_loki_clients(const std::vector<config::Node>& clients,
                                                const std::vector<std::string>& paths,
                                                config::Report& report);

}  // namespace agent::exporter
