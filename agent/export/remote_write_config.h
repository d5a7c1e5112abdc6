#pragma once
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "agent/base/backoff.h"
#include "agent/config/node.h"
#include "agent/config/report.h"
#include "agent/model/http_client_config.h"
#include "agent/model/relabel_rule.h"
#include "agent/queue/outbox_config.h"

namespace agent::exporter {

/// One entry of `remote_write`. Spec: metrics.md 1.7, 7.5.
struct RemoteWriteConfig {
  std::string name;  ///< unique; where none is given a hash of the entry
  std::string key;   ///< everything that the entry says: equal keys are the same endpoint
  std::string url;
  std::string shown_url;  ///< for people: without user info
  Duration timeout = std::chrono::seconds(30);
  std::vector<std::pair<std::string, std::string>> headers;
  std::vector<model::RelabelRule> write_relabel_rules;
  model::HttpClientConfig http;

  std::size_t max_samples_per_send = 2000;
  Duration batch_send_deadline = std::chrono::seconds(5);
  Backoff::Limits backoff{.base = std::chrono::milliseconds(30),
                          .cap = std::chrono::seconds(5),
                          .floor = std::chrono::milliseconds(30)};
  bool retry_on_429 = true;
  Duration sample_age_limit{};  ///< 0: none

  queue::OutboxConfig outbox{.max_bytes = 0, .when_full = queue::WhenFull::DropOldest};
};

/// Reads a `remote_write` list; absent or null: none. What is wrong, and what is known but not
/// built, goes into `report` with its place. `path` is that of the list.
std::vector<RemoteWriteConfig> read_remote_write(const config::Node& list, config::Report& report,
                                                 const std::string& path);

}  // namespace agent::exporter
