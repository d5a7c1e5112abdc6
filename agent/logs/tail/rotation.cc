#include "agent/logs/tail/rotation.h"

#include <algorithm>
#include <cerrno>
#include <memory>
#include <system_error>

#include <dirent.h>
#include <fcntl.h>

#include "agent/logs/tail/glob.h"

namespace agent::logs {
namespace {

constexpr int kOpenFlags = O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY;
// A folder with more names than that is not searched for copies.
constexpr int kMostCandidates = 1000;

bool is_digit(char c) { return c >= '0' && c <= '9'; }

// "a.log.1", "a.log-20240131": the part before the separator and what is digits and separators.
std::string_view without_number(std::string_view name) {
  const std::size_t last = name.find_last_not_of("0123456789.:_-T");
  if (last == std::string_view::npos || last + 2 >= name.size()) return name;
  const std::string_view number = name.substr(last + 1);
  const bool separated = number[0] == '.' || number[0] == '-' || number[0] == '_';
  return separated && is_digit(number[1]) ? name.substr(0, last + 1) : name;
}

bool is_date(std::string_view text) {
  int digits = 0;
  for (const char c : text)
    digits += is_digit(c) ? 1 : 0;
  return digits >= 8;
}

// Whether `fd` starts as `other` does; -1, or an empty file: no.
bool starts_alike(int fd, int other) {
  const auto first = other < 0 ? Error{} : take_fingerprint(other);
  if (!first || first->length == 0) return false;
  const auto same = fingerprint_holds(fd, *first);
  return same && *same;
}

struct CloseFolder {
  void operator()(DIR* folder) const { ::closedir(folder); }
};

// The first file of the folder that `wanted` takes; it gets the entry's inode and path.
Result<UniqueFd> find_in(
    const std::string& folder,
    const std::function<UniqueFd(std::uint64_t inode, const std::string& path)>& wanted, int most) {
  const auto error = [&] {
    return Error{ErrorKind::Io, folder + ": " + std::system_category().message(errno)};
  };
  const std::unique_ptr<DIR, CloseFolder> open(::opendir(folder.empty() ? "." : folder.c_str()));
  if (!open && (errno == ENOENT || errno == ENOTDIR)) return UniqueFd();
  if (!open) return error();
  for (; most != 0; --most) {
    errno = 0;
    // A stream of our own: readdir() shares nothing with other threads here.
    const dirent* entry = ::readdir(open.get());  // NOLINT(concurrency-mt-unsafe)
    if (entry == nullptr && errno != 0) return error();
    if (entry == nullptr) break;
    if (entry->d_type != DT_REG && entry->d_type != DT_UNKNOWN) continue;
    if (auto fd = wanted(entry->d_ino, folder + entry->d_name)) return fd;
  }
  return UniqueFd();
}

}  // namespace

std::string rotation_family(std::string_view path) {
  const auto slash = path.rfind('/');
  const std::string_view folder = path.substr(0, slash == std::string_view::npos ? 0 : slash + 1);
  std::string_view name = path.substr(folder.size());
  const std::string_view plain = without_number(name);
  if (plain.size() != name.size()) return std::string(folder) + std::string(plain);
  const auto dot = name.rfind('.');
  if (dot == std::string_view::npos) return std::string(path);
  const std::string_view stem = name.substr(0, dot);
  const std::string_view before = without_number(stem);
  if (!is_date(stem.substr(before.size()))) return std::string(path);
  return std::string(folder) + std::string(before) + std::string(name.substr(dot));
}

UniqueFd open_to_read(const std::string& path) {
  return UniqueFd(::open(path.c_str(), kOpenFlags));
}

Result<UniqueFd> find_renamed(const PositionRecord& record) {
  const auto is_it = [&](std::uint64_t inode, const std::string& path) -> UniqueFd {
    if (inode != record.identity.inode) return {};
    UniqueFd fd = open_to_read(path);
    const auto facts = fd ? facts_of(fd.get()) : Error{};
    if (!facts || !facts->regular || !facts->identity.same_inode(record.identity)) return {};
    const auto first = fingerprint_holds(fd.get(), record.identity.fingerprint);
    const auto before = mark_holds(fd.get(), record.offset, record.mark);
    if (!first || !*first || !before || !*before) return {};
    return fd;
  };
  return find_in(folder_of(record.path), is_it, -1);
}

Likeness likeness(int fd, const FileFacts& facts, const PositionRecord& original, int original_fd) {
  const Fingerprint& first = original.identity.fingerprint;
  if (first.length == 0 || facts.identity.same_inode(original.identity)) return Likeness::Other;
  if (facts.size < first.length) {
    // Being copied right now, perhaps: as much of it as there is has to be the same.
    if (original_fd < 0) return Likeness::Other;
    const auto known = take_fingerprint(original_fd, static_cast<std::uint32_t>(facts.size));
    const bool enough = known && known->length == facts.size;
    const auto holds = enough ? fingerprint_holds(fd, *known) : Error{};
    return holds && *holds ? Likeness::Partial : Likeness::Other;
  }
  const auto holds = fingerprint_holds(fd, first);
  if (!holds || !*holds) return Likeness::Other;
  if (facts.size < original.offset) return original_fd < 0 ? Likeness::Other : Likeness::Partial;
  const auto before = mark_holds(fd, original.offset, original.mark);
  return before && *before ? Likeness::Copy : Likeness::Other;
}

Result<UniqueFd> find_copy(const PositionRecord& record, const IsKnown& is_known) {
  const auto is_it = [&](std::uint64_t inode, const std::string& path) -> UniqueFd {
    if (inode == record.identity.inode) return {};
    const auto look = facts_of(path.c_str());
    if (!look || !look->regular || look->size < record.offset || is_known(look->identity))
      return {};
    UniqueFd fd = open_to_read(path);
    const auto facts = fd ? facts_of(fd.get()) : Error{};
    if (!facts || !facts->regular || likeness(fd.get(), *facts, record, -1) != Likeness::Copy)
      return {};
    return fd;
  };
  return find_in(folder_of(record.path), is_it, kMostCandidates);
}

Result<std::vector<Generation>> find_generations(const PositionRecord& older, std::int64_t since_ns,
                                                 const IsKnown& is_known) {
  std::vector<Generation> out;
  if (older.identity.birth_ns == 0) return out;
  const UniqueFd current = open_to_read(older.path);
  const auto look = [&](std::uint64_t inode, const std::string& name) -> UniqueFd {
    if (inode == older.identity.inode || name == older.path || rotation_family(name) != older.path)
      return {};
    const auto facts = facts_of(name.c_str());
    if (!facts || !facts->regular || facts->identity.birth_ns <= since_ns ||
        is_known(facts->identity))
      return {};
    Generation found{open_to_read(name), *facts};
    if (found.fd && likeness(found.fd.get(), *facts, older, -1) != Likeness::Copy &&
        !starts_alike(found.fd.get(), current.get()))
      out.push_back(std::move(found));
    return {};
  };
  const auto looked = find_in(folder_of(older.path), look, kMostCandidates);
  if (!looked) return looked.error();
  return out;
}

}  // namespace agent::logs
