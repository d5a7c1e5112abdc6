#pragma once
#include <cstdint>
#include <string>

#include "agent/config/node.h"
#include "agent/config/report.h"
#include "agent/queue/memory_queue.h"

namespace agent::queue {

/// The `queue:` of one destination, or that of all. Spec: delivery.md 3.6.
struct OutboxConfig {
  std::uint64_t max_bytes = 0;  ///< 0: not given, the default of all outboxes counts
  WhenFull when_full = WhenFull::Block;
};

/// Reads a `queue:` map at `path`; `when_full` is what its source does unless told otherwise. The
/// keys of the outbox on disk (max_age, fsync, ...) are refused by name until it is built;
/// `push_ack: memory` is what there is.
OutboxConfig read_outbox_config(const config::Node& node, const std::string& path,
                                WhenFull when_full, config::Report& report);

}  // namespace agent::queue
