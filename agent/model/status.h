#pragma once
// Snapshots that the admin pages show. Built on a pipeline's own thread, immutable afterwards.
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "agent/base/clock.h"
#include "agent/model/label_set.h"

namespace agent::model {

enum class Health { Unknown, Up, Down };

struct TargetStatus {
  std::string job;
  std::string url;
  LabelSet labels;
  LabelSet discovered_labels;
  Health health = Health::Unknown;
  std::string last_error;
  Timestamp last_scrape{};  ///< epoch: never
  Duration last_duration{};
  Duration interval{};
  Duration timeout{};
  std::uint64_t last_samples = 0;
};

struct FileStatus {
  std::string path;
  LabelSet labels;
  std::uint64_t size_bytes = 0;
  std::uint64_t read_bytes = 0;       ///< offset up to which lines were handed on
  std::uint64_t committed_bytes = 0;  ///< offset up to which everything is settled
  std::string last_error;
};

/// Where a log job reads: files behind one glob, or one listener. Spec: logs.md 2.2, 11.
struct LogTargetStatus {
  std::string job;
  std::string kind;  ///< "File", "syslog", "journal"
  LabelSet labels;   ///< of its streams
  LabelSet discovered_labels;
  bool ready = false;  ///< it reads something, or listens
  std::string
      dropped;  ///< why nothing is read: dropped wrong_host no_path exists error; "": active
};

struct ReceiverStatus {
  std::string name;  ///< "otlp grpc 127.0.0.1:4317"
  std::uint64_t requests = 0;
  std::uint64_t records = 0;
  std::uint64_t refused = 0;
};

struct DestinationStatus {
  std::string name;
  std::string url;  ///< without user info
  std::uint64_t queued_records = 0;
  std::uint64_t queued_bytes = 0;
  std::uint64_t delivered_records = 0;
  std::uint64_t dropped_records = 0;
  std::uint64_t retries = 0;
  std::string last_error;
  Timestamp last_success{};
};

/// The ledger of one signal at one destination: in + created = merged + missed + delivered +
/// dropped
/// + held, or `balance` is not 0.
struct LedgerEntry {
  std::string signal;
  std::string destination;
  std::map<std::string, std::uint64_t> in;  ///< by source
  std::uint64_t created = 0;
  std::uint64_t merged = 0;
  std::uint64_t delivered = 0;
  std::map<std::string, std::uint64_t> dropped;  ///< by reason
  std::uint64_t held = 0;                        ///< counted in the queues, not derived
  std::uint64_t missed = 0;  ///< passed while this destination was not configured

  std::uint64_t total_in() const {
    std::uint64_t sum = 0;
    for (const auto& [source, count] : in)
      sum += count;
    return sum;
  }
  std::uint64_t total_dropped() const {
    std::uint64_t sum = 0;
    for (const auto& [reason, count] : dropped)
      sum += count;
    return sum;
  }
  std::int64_t balance() const {
    return static_cast<std::int64_t>(total_in() + created) -
           static_cast<std::int64_t>(merged + missed + delivered + total_dropped() + held);
  }
};

/// What one pipeline shows of itself.
struct PipelineStatus {
  std::string signal;
  std::vector<TargetStatus> targets;
  std::vector<FileStatus> files;
  std::vector<LogTargetStatus> log_targets;
  std::vector<ReceiverStatus> receivers;
  std::vector<DestinationStatus> destinations;
  std::vector<LedgerEntry> ledger;
  std::vector<std::string> not_ready;  ///< reasons; empty: ready
};

}  // namespace agent::model
