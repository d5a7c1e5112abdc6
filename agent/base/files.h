#pragma once
// Whole small files: configuration, secrets, positions.
#include <cstdint>
#include <string>

#include "agent/base/result.h"

namespace agent {

/// The whole content of `path`, at most `limit_bytes`. Errors: Io with the system's words; Input
/// when it is longer.
Result<std::string> read_file(const std::string& path, std::uint64_t limit_bytes = 64ULL << 20U);

/// Replaces `path` so that a reader, or a crash at any moment, sees the old content or the new,
/// never a mix: temporary file beside it, fsync, rename, fsync of the folder. `mode` is that of the
/// new file. Errors: Io.
Status write_file_atomically(const std::string& path, const std::string& content,
                             unsigned mode = 0600);

/// Makes `path` and what is missing above it, mode 0750. Errors: Io.
Status make_directories(const std::string& path);

}  // namespace agent
