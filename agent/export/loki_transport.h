#pragma once
// Push requests to one Loki over HTTP. Spec: logs.md 10.1, 10.4.
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "agent/export/transport.h"
#include "agent/net/http_client.h"

namespace agent::exporter {

class LokiTransport final : public Transport {
 public:
  struct Config {
    std::string url;
    Duration timeout = std::chrono::seconds(10);
    bool drop_rate_limited_batches = false;
    std::map<std::string, std::string> headers;
  };
  /// `clock` outlives it.
  LokiTransport(Config config, std::unique_ptr<net::HttpClient> client, const Clock& clock)
      : config_(std::move(config)), client_(std::move(client)), clock_(clock) {}

  [[nodiscard]] std::unique_ptr<Try> send(Request request, Done done) override;
  /// By entries. The payload does not tell which entry has which receipt, so the later half carries
  /// them all: nothing counts as delivered before everything is.
  std::vector<queue::Block> halve(const queue::Block& block) override;

 private:
  Config config_;
  std::unique_ptr<net::HttpClient> client_;
  const Clock& clock_;
};

}  // namespace agent::exporter
