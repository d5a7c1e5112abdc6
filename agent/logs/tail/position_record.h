#pragma once
// How far one file was read and delivered. Spec: logs.md 3.4, delivery.md 7.
#include <cstdint>
#include <string>

#include "agent/logs/tail/identity.h"

namespace agent::logs {

/// What an offset counts.
enum class PositionUnit {
  Bytes,  ///< of the file
  Lines,  ///< of what comes out of a decompressor
};

struct PositionRecord {
  std::string job;
  std::string path;
  std::uint64_t labels_hash = 0;  ///< of the target's labels
  FileIdentity identity;
  std::uint64_t offset = 0;
  PositionUnit unit = PositionUnit::Bytes;
  bool mid_line = false;   ///< the offset lies in a line whose start was cut and sent
  std::uint64_t size = 0;  ///< of the file when it was last looked at
  Fingerprint mark;        ///< of the bytes that end at the offset

  friend bool operator==(const PositionRecord&, const PositionRecord&) = default;
};

}  // namespace agent::logs
