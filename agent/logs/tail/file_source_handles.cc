// The descriptors of a FileSource: what happens when there are too few, and when one went bad.
#include <algorithm>
#include <cerrno>
#include <system_error>
#include <utility>

#include <sys/resource.h>

#include "agent/logs/tail/file_source.h"

namespace agent::logs {
namespace {

constexpr std::size_t kParkAtOnce = 16;
constexpr Duration kStuck = std::chrono::seconds(30);

// Descriptors are given out from the lowest number on: a high one says that few are left for those
// who send.
bool leaves_room(int fd) {
  struct rlimit limit {};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY) return true;
  const rlim_t reserve = std::min<rlim_t>(64, limit.rlim_cur / 4);
  return static_cast<rlim_t>(fd) + reserve < limit.rlim_cur;
}

const char* reason_of(int error) {
  switch (error) {
    case EMFILE:
    case ENFILE:
      return "descriptors";
    case EACCES:
    case EPERM:
      return "permission";
    case EIO:
    case ESTALE:
      return "io";
    default:
      return "other";
  }
}

}  // namespace

// Empty: errno says why.
UniqueFd FileSource::open_handle(const std::string& path) {
  UniqueFd fd = open_to_read(path);
  const bool none_left = !fd && (errno == EMFILE || errno == ENFILE);
  if (!none_left && (!fd || leaves_room(fd.get()))) return fd;
  const bool parked = park_some();
  env_.log.limited(LogLevel::Warn, "descriptors",
                   "There are too few file descriptors: the handles of quiet files are closed. "
                   "Raise LimitNOFILE.",
                   {{"job", env_.job}, {"file", path}});
  if (!parked) {
    fd.reset();
    errno = EMFILE;
    return fd;
  }
  return fd ? std::move(fd) : open_to_read(path);
}

// Closes the handles of those that were quiet the longest. Their positions stay; they are opened
// again when they grow.
bool FileSource::park_some() {
  Files::size_type found = 0;
  std::vector<File*> quiet;
  for (const auto& file : files_)
    if (!file->tailer->closed() && !file->queued && file.get() != pending_ &&
        file->tailer->looked_at_bytes() >= file->tailer->size_bytes() && !config_.decompression)
      quiet.push_back(file.get());
  std::sort(quiet.begin(), quiet.end(),
            [](const File* a, const File* b) { return a->last_growth < b->last_growth; });
  for (File* file : quiet) {
    if (found++ == kParkAtOnce) break;
    file->tailer->close();
    file->parked = true;
    parked_.add();
  }
  return found > 0;
}

// The same file by its name, or it stays as it is.
void FileSource::reopen(File& file, const std::string& path) {
  UniqueFd fd = open_handle(path);
  const auto facts = fd ? facts_of(fd.get()) : Error{};
  if (!facts || !facts->identity.same_inode(file.tailer->identity())) return;
  file.tailer->reopen(std::move(fd));
  file.parked = false;
}

// Folders that cannot be listed now. The files that are known in them are followed on.
void FileSource::note_unlisted(std::map<std::string, int> unlisted) {
  std::vector<std::string> fresh;
  bool no_descriptors = false;
  for (const auto& [folder, error] : unlisted) {
    no_descriptors = no_descriptors || error == EMFILE || error == ENFILE;
    if (unlisted_.contains(folder)) continue;
    fresh.push_back(folder);
    env_.scope.counter("unlisted_folders_total", "reason", reason_of(error)).add();
  }
  if (no_descriptors) park_some();
  if (!fresh.empty())
    env_.log.warn("A folder cannot be listed: known files in it are read on, new ones not seen.",
                  {{"job", env_.job},
                   {"folder", fresh.front()},
                   {"reason", std::system_category().message(unlisted.at(fresh.front()))},
                   {"further_folders", std::to_string(fresh.size() - 1)}});
  unlisted_ = std::move(unlisted);
}

// The net below everything else: a file that holds more than was looked at, while nothing keeps it
// from being read, is opened anew.
void FileSource::watch_over(const std::vector<Found>& found) {
  const SteadyTime now = env_.clock.steady_now();
  for (const auto& one : found) {
    const auto [first, last] = by_path_.equal_range(one.path);
    for (auto at = first; at != last; ++at) {
      File& file = *at->second;
      const bool waits = pending_ != nullptr || must_wait(file) || file.parked ||
                         !file.tailer->identity().same_inode(one.facts.identity);
      if (waits || one.facts.size <= file.tailer->looked_at_bytes()) {
        file.stuck_since.reset();
        continue;
      }
      if (!file.stuck_since || file.stuck_at != file.tailer->looked_at_bytes()) {
        file.stuck_since = now;
        file.stuck_at = file.tailer->looked_at_bytes();
      }
      if (now - *file.stuck_since < kStuck) continue;
      file.stuck_since.reset();
      reopened_.add();
      env_.log.limited(LogLevel::Warn, "stuck " + one.path,
                       "A file grew and was not read for 30 s; it is opened anew.",
                       {{"file", one.path}});
      reopen(file, one.path);
      wake(file);
    }
  }
}

}  // namespace agent::logs
