#pragma once
// What a rotation leaves behind: names, renamed files, copies. Spec: logs.md 3.3.
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "agent/base/result.h"
#include "agent/base/unique_fd.h"
#include "agent/logs/tail/position_record.h"

namespace agent::logs {

/// The name that the generations of a log share: numbers and dates behind it are taken off
/// ("/l/a.log.1", "/l/a.log-20240131", "/l/a.log.2024-01-31_12", "/l/a-20240131.log": "/l/a.log").
std::string rotation_family(std::string_view path);

/// Opens a regular file to be read; never waits for a peer, as one of a FIFO.
UniqueFd open_to_read(const std::string& path);

/// The same file under any name in the folder of its record: by inode, with bytes that hold. Empty:
/// there is none. Errors, of this and those below: Io (the folder cannot be listed).
Result<UniqueFd> find_renamed(const PositionRecord& record);

enum class Likeness {
  Other,    ///< not a copy
  Partial,  ///< maybe: it holds no more than the start of what was read of the original
  Copy,     ///< all that was read of the original, and maybe more
};
/// Whether `fd` is a copy of the file of `original`, whose offset says how far that was read.
/// `original_fd` reads the original while its bytes are still there; -1: they are not.
Likeness likeness(int fd, const FileFacts& facts, const PositionRecord& original, int original_fd);

/// Says whether a file is known already.
using IsKnown = std::function<bool(const FileIdentity&)>;

/// A copy of what the file of `record` held, in the same folder, whatever its name.
Result<UniqueFd> find_copy(const PositionRecord& record, const IsKnown& is_known);

struct Generation {
  UniqueFd fd;
  FileFacts facts;
};
/// Files of the family of `older` that were made after `since_ns`: they carried its name, or were
/// copied from who did. Copies of `older`, of what has the name now, and those that are known are
/// left out.
Result<std::vector<Generation>> find_generations(const PositionRecord& older, std::int64_t since_ns,
                                                 const IsKnown& is_known);

}  // namespace agent::logs
