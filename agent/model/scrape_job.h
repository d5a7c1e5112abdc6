#pragma once
// One scrape job, whatever it was written as (scrape_configs, ServiceMonitor, ...). Spec:
// metrics.md 1.4.
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "agent/base/clock.h"
#include "agent/model/http_client_config.h"
#include "agent/model/relabel_rule.h"
#include "agent/model/target_group.h"

namespace agent::model {

struct FileDiscovery {
  std::vector<std::string> globs;  ///< absolute, or relative to the working folder
  Duration refresh_interval = std::chrono::minutes(5);
  friend bool operator==(const FileDiscovery&, const FileDiscovery&) = default;
};

/// The containers of one Docker Engine.
struct DockerDiscovery {
  std::string host;  ///< unix:///run/docker.sock, tcp://..., http://... or https://...
  HttpClientConfig http;
  Duration refresh_interval = std::chrono::minutes(1);
  std::uint16_t port = 80;  ///< of containers that expose none
  std::string host_networking_host = "localhost";
  bool match_first_network = true;
  std::map<std::string, std::vector<std::string>> filters;
  friend bool operator==(const DockerDiscovery&, const DockerDiscovery&) = default;
};

struct ScrapeLimits {
  std::uint64_t body_size_bytes = 0;  ///< 0: no limit, here and below
  std::uint64_t samples = 0;
  std::uint64_t labels = 0;
  std::uint64_t label_name_length = 0;
  std::uint64_t label_value_length = 0;
  std::uint64_t targets = 0;
  friend bool operator==(const ScrapeLimits&, const ScrapeLimits&) = default;
};

enum class NameValidation { Utf8, Legacy };

struct ScrapeJob {
  std::string name;
  Duration scrape_interval = std::chrono::minutes(1);
  Duration scrape_timeout = std::chrono::seconds(10);
  std::vector<std::string> scrape_protocols;  ///< in order of preference; never empty
  std::string fallback_scrape_protocol;
  std::string metrics_path = "/metrics";
  std::string scheme = "http";
  std::map<std::string, std::vector<std::string>> params;
  bool honor_labels = false;
  bool honor_timestamps = true;
  bool track_timestamps_staleness = false;
  bool enable_compression = true;
  bool extra_scrape_metrics = false;
  bool scrape_native_histograms = false;
  bool convert_classic_histograms_to_nhcb = false;
  bool always_scrape_classic_histograms = false;
  std::uint64_t keep_dropped_targets = 0;  ///< how many the API shows; 0: all
  NameValidation name_validation = NameValidation::Utf8;
  std::string name_escaping = "allow-utf-8";
  HttpClientConfig http;
  ScrapeLimits limits;
  std::vector<RelabelRule> relabel_rules;
  std::vector<RelabelRule> metric_relabel_rules;
  std::vector<TargetGroup>
      static_groups;  ///< static_configs, and what a monitor selects from the inventory
  std::vector<FileDiscovery> file_discovery;
  std::vector<DockerDiscovery> docker_discovery;
  friend bool operator==(const ScrapeJob&, const ScrapeJob&) = default;
};

}  // namespace agent::model
