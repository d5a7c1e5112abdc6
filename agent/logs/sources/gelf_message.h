#pragma once
// One GELF message: from its bytes to a line and what labels are made of.
#include <optional>
#include <string>
#include <string_view>

#include "agent/base/clock.h"
#include "agent/base/result.h"
#include "agent/codec/json_value.h"

namespace agent::logs {

struct GelfMessage {
  std::string line;  ///< JSON in the order of logs.md 2.6
  std::string version, host, facility;
  int level = 0;
  std::optional<Timestamp> time;  ///< in microseconds; nullopt where there is none
};

/// Undoes gzip or zlib, told from the first bytes; other bytes are given back as they are. Errors:
/// Input, Overloaded (over `limit_bytes`).
Result<std::string> unpack_gelf(std::string_view payload, std::uint64_t limit_bytes);

/// Reads a message that was unpacked. Known fields of another type than GELF's are errors, but for
/// numbers in quotes, which many senders write. Errors: Input.
Result<GelfMessage> parse_gelf(std::string_view json, codec::JsonPool& pool);

}  // namespace agent::logs
