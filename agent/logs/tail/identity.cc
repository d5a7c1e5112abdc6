#include "agent/logs/tail/identity.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <string>
#include <system_error>

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "agent/base/hash.h"

namespace agent::logs {
namespace {

Error io_error(const char* what) {
  return {ErrorKind::Io, std::string(what) + ": " + std::system_category().message(errno)};
}

// 0, or the error's number.
int ask(int fd, const char* path, int flags, FileFacts& out) {
  struct statx info {};
  constexpr unsigned kWanted = STATX_BASIC_STATS | STATX_BTIME;
  if (::statx(fd, path, flags, kWanted, &info) != 0) return errno;
  out.identity.device = makedev(info.stx_dev_major, info.stx_dev_minor);
  out.identity.inode = info.stx_ino;
  if ((info.stx_mask & STATX_BTIME) != 0)
    out.identity.birth_ns = info.stx_btime.tv_sec * 1'000'000'000 + info.stx_btime.tv_nsec;
  out.size = info.stx_size;
  out.modified_ns = info.stx_mtime.tv_sec * 1'000'000'000 + info.stx_mtime.tv_nsec;
  out.regular = S_ISREG(info.stx_mode);
  out.links = info.stx_nlink;
  return 0;
}

Result<FileFacts> facts_or_error(int fd, const char* path, int flags) {
  FileFacts out;
  const int error = ask(fd, path, flags, out);
  if (error != 0) return Error{ErrorKind::Io, "stat: " + std::system_category().message(error)};
  return out;
}

bool says_gone(int error) { return error == ENOENT || error == ENOTDIR; }

Result<Fingerprint> hash_of_bytes(int fd, std::uint64_t offset, std::uint32_t length) {
  std::array<char, Fingerprint::kLongest> bytes{};
  const std::size_t wanted = std::min<std::size_t>(length, bytes.size());
  std::size_t have = 0;
  while (have < wanted) {
    const ssize_t got =
        ::pread(fd, bytes.data() + have, wanted - have, static_cast<off_t>(offset + have));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return io_error("read");
    if (got == 0) break;
    have += static_cast<std::size_t>(got);
  }
  return Fingerprint{hash64({bytes.data(), have}), static_cast<std::uint32_t>(have)};
}

Result<bool> bytes_hold(int fd, std::uint64_t offset, const Fingerprint& known) {
  if (known.length == 0) return true;
  const auto now = hash_of_bytes(fd, offset, known.length);
  if (!now) return now.error();
  return *now == known;
}

}  // namespace

Result<FileFacts> facts_of(int fd) { return facts_or_error(fd, "", AT_EMPTY_PATH); }
Result<FileFacts> facts_of(const char* path) { return facts_or_error(AT_FDCWD, path, 0); }

Leads leads_to(const std::string& path, const FileIdentity& identity) {
  FileFacts facts;
  const int error = ask(AT_FDCWD, path.c_str(), 0, facts);
  if (error != 0) return says_gone(error) ? Leads::Elsewhere : Leads::Unknown;
  return facts.identity.same_inode(identity) ? Leads::There : Leads::Elsewhere;
}

bool is_gone(const std::string& path) {
  FileFacts facts;
  return says_gone(ask(AT_FDCWD, path.c_str(), 0, facts));
}

Result<Fingerprint> take_fingerprint(int fd, std::uint32_t length) {
  return hash_of_bytes(fd, 0, length);
}

Result<bool> fingerprint_holds(int fd, const Fingerprint& known) {
  return bytes_hold(fd, 0, known);
}

Result<Fingerprint> take_mark(int fd, std::uint64_t offset) {
  const auto length = std::min<std::uint64_t>(offset, Fingerprint::kLongestMark);
  return hash_of_bytes(fd, offset - length, static_cast<std::uint32_t>(length));
}

Result<bool> mark_holds(int fd, std::uint64_t offset, const Fingerprint& known) {
  if (known.length > offset) return false;
  return bytes_hold(fd, offset - known.length, known);
}

}  // namespace agent::logs
