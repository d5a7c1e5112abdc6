#pragma once
// Push requests to one Loki over HTTP. Spec: logs.md 10.1, 10.4.
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "agent/export/dead_letter_file.h"
#include "agent/export/loki_metrics.h"
#include "agent/export/transport.h"
#include "agent/net/http_client.h"

namespace agent::exporter {

class LokiTransport final : public Transport {
 public:
  struct Config {
    std::string destination;  ///< its name, for dead letters
    std::string url;
    Duration timeout = std::chrono::seconds(10);
    bool drop_rate_limited_batches = false;
    std::map<std::string, std::string> headers;
  };
  /// What is referred to outlives it.
  struct Environment {
    const Clock& clock;
    LokiMetrics metrics;
    DeadLetterFile* dead_letters = nullptr;  ///< null: there is no place for them
  };
  LokiTransport(Config config, std::unique_ptr<net::HttpClient> client, Environment environment)
      : config_(std::move(config)), client_(std::move(client)), env_(std::move(environment)) {}

  [[nodiscard]] std::unique_ptr<Try> send(Request request, Done done) override;
  /// By entries. The payload does not tell which entry has which receipt, so the later half carries
  /// them all: nothing counts as delivered before everything is.
  std::vector<queue::Block> halve(const queue::Block& block) override;
  /// Counts them under Promtail's reasons, and writes dead letters where the records were judged.
  void on_dropped(const queue::Block& block, const Outcome& outcome,
                  std::uint64_t records) override;

 private:
  Config config_;
  std::unique_ptr<net::HttpClient> client_;
  Environment env_;
};

}  // namespace agent::exporter
