#pragma once
// Which file this is, whatever its name is now. Spec: logs.md 3.3, delivery.md 7.
#include <cstdint>
#include <string>

#include "agent/base/result.h"

namespace agent::logs {

/// XXH3 of the first bytes of a file. A file that only grows keeps matching; one that was cut and
/// written again does not.
struct Fingerprint {
  static constexpr std::uint32_t kLongest = 1024;
  static constexpr std::uint32_t kLongestMark = 256;
  std::uint64_t hash = 0;
  std::uint32_t length = 0;  ///< bytes it covers; 0: nothing known
  friend bool operator==(const Fingerprint&, const Fingerprint&) = default;
};

struct FileIdentity {
  std::uint64_t device = 0;
  std::uint64_t inode = 0;
  std::int64_t birth_ns = 0;  ///< 0: the file system does not tell
  Fingerprint fingerprint;
  friend bool operator==(const FileIdentity&, const FileIdentity&) = default;

  /// The same object of the file system; inodes are used again, so a birth time that differs says
  /// no.
  bool same_inode(const FileIdentity& other) const {
    return device == other.device && inode == other.inode &&
           (birth_ns == 0 || other.birth_ns == 0 || birth_ns == other.birth_ns);
  }
};

struct FileFacts {
  FileIdentity identity;  ///< without fingerprint
  std::uint64_t size = 0;
  std::int64_t modified_ns = 0;
  bool regular = false;
  std::uint64_t links = 0;  ///< 0: deleted, only open handles keep it
};

/// Facts of an open file. Errors: Io.
Result<FileFacts> facts_of(int fd);
/// Facts of what `path` leads to, links followed. Errors: Io.
Result<FileFacts> facts_of(const char* path);

/// What a path leads to, where one file was.
enum class Leads {
  There,      ///< to that file
  Elsewhere,  ///< to another one, or to none
  Unknown,  ///< nobody can tell now: a folder that cannot be searched, a disk that does not answer
};
Leads leads_to(const std::string& path, const FileIdentity& identity);
/// True where there surely is nothing at `path`.
bool is_gone(const std::string& path);

/// Of the first `length` bytes, or fewer where the file is shorter. Errors: Io.
Result<Fingerprint> take_fingerprint(int fd, std::uint32_t length = Fingerprint::kLongest);
/// True where the file still starts with what `known` covers (always, when it covers nothing).
Result<bool> fingerprint_holds(int fd, const Fingerprint& known);
/// Of the bytes right before `offset`, at most kLongestMark: what tells a file that was written
/// anew behind a start that is always the same. Errors: Io.
Result<Fingerprint> take_mark(int fd, std::uint64_t offset);
Result<bool> mark_holds(int fd, std::uint64_t offset, const Fingerprint& known);

}  // namespace agent::logs
