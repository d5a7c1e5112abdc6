#pragma once
#include <memory>
#include <vector>

#include "agent/export/remote_write_config.h"
#include "agent/export/retry_policy.h"
#include "agent/export/transport.h"
#include "agent/net/http_client.h"

namespace agent::exporter {

/// Remote write 1.0 over HTTP: one POST a block. Spec: metrics.md 7.1.
class RemoteWriteTransport final : public Transport {
 public:
  /// `loop` and `clock` outlive it.
  RemoteWriteTransport(loop::EventLoop& loop, const RemoteWriteConfig& config, const Clock& clock);
  [[nodiscard]] std::unique_ptr<Try> send(Request request, Done done) override;
  std::vector<queue::Block> halve(const queue::Block& block) override;

 private:
  const Clock& clock_;
  std::string url_;
  Duration timeout_;
  RetryOptions retry_options_;
  net::Headers headers_;
  net::HttpClient client_;
};

/// The records of `block`, a snappy-compressed request, as two blocks in their order; none where it
/// cannot be cut.
std::vector<queue::Block> halve_remote_write_block(const queue::Block& block);

}  // namespace agent::exporter
