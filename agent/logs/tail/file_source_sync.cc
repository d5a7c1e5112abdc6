// Which files a FileSource follows: globs, rotation, draining, what was left over from before.
#include <algorithm>
#include <cstdlib>
#include <set>
#include <system_error>
#include <utility>

#include <dirent.h>
#include <fcntl.h>
#include <sys/vfs.h>

#include "agent/base/strings.h"
#include "agent/logs/tail/file_source.h"

namespace agent::logs {
namespace {

constexpr std::size_t kMostWatches = 4096;
constexpr std::size_t kCompressedLineBytes = 2'000'000;  // what the peers read of one
constexpr int kOpenFlags = O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY;

std::string folder_of(const std::string& path) {
  const auto slash = path.rfind('/');
  return slash == std::string::npos ? std::string() : path.substr(0, slash + 1);
}

std::string resolved(const std::string& path) {
  const std::unique_ptr<char, void (*)(void*)> real(::realpath(path.c_str(), nullptr), &std::free);
  return real ? real.get() : path;
}

// File systems whose changes inotify does not see, because they are made elsewhere or above.
bool tells_of_changes(const std::string& folder) {
  constexpr unsigned long kSilent[] = {0x6969,     0x65735546, 0x794c7630,   // NFS, FUSE, overlay
                                       0xff534d42, 0xfe534d42, 0x01021997};  // CIFS, SMB2, 9P
  struct statfs info {};
  if (::statfs(folder.empty() ? "." : folder.c_str(), &info) != 0) return false;
  const auto type = static_cast<unsigned long>(info.f_type) & 0xffffffffUL;
  return std::find(std::begin(kSilent), std::end(kSilent), type) == std::end(kSilent);
}

// The name in `folder` that leads to `identity`, with a fingerprint that holds; null: none.
UniqueFd find_inode(const std::string& folder, const FileIdentity& identity) {
  const std::unique_ptr<DIR, int (*)(DIR*)> open(::opendir(folder.empty() ? "." : folder.c_str()),
                                                 &::closedir);
  if (!open) return {};
  // A stream of our own: readdir() shares nothing with other threads here.
  while (const dirent* entry = ::readdir(open.get())) {  // NOLINT(concurrency-mt-unsafe)
    if (entry->d_ino != identity.inode) continue;
    UniqueFd fd(::open((folder + entry->d_name).c_str(), kOpenFlags));
    const auto facts = fd ? facts_of(fd.get()) : Error{};
    if (!facts || !facts->regular || !facts->identity.same_inode(identity)) continue;
    const auto holds = fingerprint_holds(fd.get(), identity.fingerprint);
    if (holds && *holds) return fd;
  }
  return {};
}

}  // namespace

void FileSource::set_groups(const std::vector<model::TargetGroup>& groups) {
  auto resolved_targets = resolve_targets(groups, config_.relabel, config_.host);
  targets_ = std::move(resolved_targets.targets);
  dropped_targets_ = std::move(resolved_targets.dropped);
  targets_active_.set(static_cast<double>(targets_.size()));
  for (const auto& [reason, count] : resolved_targets.failed)
    env_.scope.counter("targets_failed_total", "reason", reason).add(count);
  for (const auto& error : resolved_targets.errors)
    env_.log.error("A path cannot be watched.", {{"job", env_.job}, {"reason", error}});
  if (running_) sync();
}

void FileSource::sync() {
  reconcile(find_files());
  if (!std::exchange(synced_, true)) find_orphans();
  finish_drained();
  for (const auto& file : files_)
    look(*file);
  files_active_.set(static_cast<double>(files_.size() + draining_.size()));
  schedule_poll();
}

std::vector<FileSource::Found> FileSource::find_files() {
  std::vector<Found> out;
  std::vector<std::string> directories;
  for (const auto& target : targets_) {
    auto expanded = target.path.expand();
    directories.insert(directories.end(), expanded.directories.begin(), expanded.directories.end());
    for (auto& path : expanded.files) {
      if (target.exclude && target.exclude->matches(path)) continue;
      const auto facts = facts_of(path.c_str());
      if (facts && facts->regular) out.push_back({std::move(path), &target, *facts});
    }
  }
  for (const auto& file : files_)
    directories.push_back(folder_of(file->real_path));
  watch_directories(directories);
  return out;
}

void FileSource::watch_directories(const std::vector<std::string>& directories) {
  if (env_.watch == nullptr || !running_) return;
  std::set<std::string> wanted(directories.begin(), directories.end());
  std::erase_if(watches_, [&](const auto& watch) {
    return !watch.second.active() || !wanted.contains(watch.first);
  });
  for (const auto& folder : wanted) {
    if (watches_.size() >= kMostWatches) break;
    if (watches_.contains(folder) || !tells_of_changes(folder)) continue;
    auto watch = env_.watch->watch_directory(
        folder.empty() ? "." : folder,
        [this, folder](std::string_view name) { on_change(folder, name); });
    if (watch.active()) watches_.emplace(folder, std::move(watch));
  }
}

// ---- names and files

void FileSource::reconcile(const std::vector<Found>& found) {
  using Key = std::pair<std::string_view, const model::LabelSet*>;
  const auto less = [](const Key& a, const Key& b) {
    return std::tie(a.first, *a.second) < std::tie(b.first, *b.second);
  };
  std::map<Key, const Found*, decltype(less)> missing(less);
  for (const auto& one : found)
    missing.emplace(Key(one.path, &one.target->labels), &one);
  Files nameless;
  for (auto& file : files_) {
    const auto at = missing.find(Key(file->tailer->path(), &file->labels));
    const bool same =
        at != missing.end() && at->second->facts.identity.same_inode(file->tailer->identity());
    if (same) missing.erase(at);
    if (!same) nameless.push_back(std::move(file));
  }
  std::erase(files_, nullptr);
  for (const auto& [key, one] : missing)
    if (!adopt(*one, nameless) && !adopt(*one, draining_)) open(*one);
  for (auto& file : nameless)
    drain(std::move(file));
  index_paths();
}

// A file that we know under another name.
bool FileSource::adopt(const Found& found, Files& nameless) {
  const auto known = std::find_if(nameless.begin(), nameless.end(), [&](const auto& file) {
    return file->labels == found.target->labels &&
           file->tailer->identity().same_inode(found.facts.identity);
  });
  if (known == nameless.end()) return false;
  auto file = std::move(*known);
  nameless.erase(known);
  if (file->tailer->closed())
    file->tailer->reopen(UniqueFd(::open(found.path.c_str(), kOpenFlags)));
  file->tailer->set_path(found.path);
  file->metrics = metrics_of(found.path);
  file->draining = false;
  file->at_its_end = false;
  add(std::move(file), files_);
  return true;
}

void FileSource::add(std::unique_ptr<File> file, Files& to) {
  file->real_path = resolved(file->tailer->path());
  file->watched = watches_.contains(folder_of(file->real_path));
  file->poll_interval = config_.min_poll;
  to.push_back(std::move(file));
}

void FileSource::open(const Found& found) {
  UniqueFd fd(::open(found.path.c_str(), kOpenFlags));
  const auto facts =
      fd ? facts_of(fd.get()) : Error{ErrorKind::Io, std::system_category().message(errno)};
  if (!facts) {
    env_.log.limited(LogLevel::Warn, "open " + found.path, "A file cannot be opened.",
                     {{"file", found.path}, {"reason", facts.error().message}});
    return;
  }
  if (!facts->regular) return;
  PositionRecord start = starting_point(found, fd.get(), *facts);
  add(make_file(found.path, found.target->labels, std::move(fd), std::move(start)), files_);
}

PositionRecord FileSource::starting_point(const Found& found, int fd, const FileFacts& facts) {
  const model::LabelSet& labels = found.target->labels;
  PositionRecord out;
  out.job = env_.job;
  out.path = found.path;
  out.labels_hash = model::hash_of(labels);
  out.identity = facts.identity;
  // Of a compressed file: not read to its end yet, at any size.
  out.size = config_.decompression ? 0 : facts.size;
  const auto saved = env_.positions.claim(env_.job, found.path, out.labels_hash, facts.identity);
  const auto holds = saved ? fingerprint_holds(fd, saved->identity.fingerprint) : false;
  if (holds && *holds) {
    out.offset = saved->offset;
    out.mid_line = saved->mid_line;
    if (config_.decompression) out.size = saved->size;
    out.identity.fingerprint = saved->identity.fingerprint;
  }
  if (const auto text = env_.positions.text_offset(env_.job, found.path, labels)) {
    out.offset = *text;
    out.mid_line = false;
    if (config_.decompression) out.size = 0;
  }
  if (!config_.decompression && out.offset > facts.size) {
    out.offset = 0;
    out.mid_line = false;
    out.identity.fingerprint = {};
  }
  if (out.identity.fingerprint.length == 0)
    if (const auto taken = take_fingerprint(fd)) out.identity.fingerprint = *taken;
  return out;
}

std::unique_ptr<FollowedFile> FileSource::make_file(const std::string& path,
                                                    const model::LabelSet& labels, UniqueFd fd,
                                                    PositionRecord start) {
  auto file = std::make_unique<File>();
  file->labels = labels;
  file->last_growth = env_.clock.steady_now();
  file->metrics = metrics_of(path);
  file->position = env_.positions.insert(start);
  model::LabelSet all = labels;
  if (is_valid_utf8(path)) all.set("filename", path);
  file->tailer = make_reader(path, model::PinnedLabels(env_.labels.intern(all)), std::move(fd),
                             std::move(start), file->position);
  return file;
}

std::unique_ptr<FileReader> FileSource::make_reader(const std::string& path,
                                                    model::PinnedLabels labels, UniqueFd fd,
                                                    PositionRecord start, Positions::Id id) {
  auto moved = [&positions = env_.positions, id](const PositionRecord& record) {
    positions.update(id, record);
  };
  if (!config_.decompression)
    return std::make_unique<Tailer>(
        Tailer::Config{path, std::move(labels), config_.line_limit_bytes, encoding_.get()},
        std::move(fd), std::move(start), env_.receipts, counters_, std::move(moved));
  CompressedReader::Config config{path, std::move(labels),
                                  std::max(config_.line_limit_bytes, kCompressedLineBytes),
                                  encoding_.get(), *config_.decompression};
  return std::make_unique<CompressedReader>(
      std::move(config), std::move(fd), std::move(start),
      CompressedReader::Environment{env_.clock, passes_, env_.receipts, counters_,
                                    std::move(moved)});
}

std::shared_ptr<PathMetrics> FileSource::metrics_of(const std::string& path) {
  std::weak_ptr<PathMetrics>& known = path_metrics_[path];
  auto metrics = known.lock();
  if (!metrics) {
    metrics = std::make_shared<PathMetrics>(env_.scope.with("job", env_.job), path);
    known = metrics;
  }
  return metrics;
}

// Links: the changes of a file are told under its real name, those of the link under the link's.
void FileSource::index_paths() {
  by_path_.clear();
  for (const auto& file : files_) {
    by_path_.emplace(file->tailer->path(), file.get());
    if (file->real_path != file->tailer->path()) by_path_.emplace(file->real_path, file.get());
  }
  std::erase_if(path_metrics_, [](const auto& item) { return item.second.expired(); });
}

// ---- files without a name

void FileSource::drain(std::unique_ptr<File> file) {
  file->draining = true;
  file->watched = false;
  look(*file);
  wake(*file);
  draining_.push_back(std::move(file));
}

// A file ends when it is read to its end and was quiet for a while; then its last text is a line.
void FileSource::finish_drained() {
  const SteadyTime now = env_.clock.steady_now();
  for (const auto& file : draining_) {
    if (file->tailer->closed() || file->queued || file.get() == pending_) continue;
    if (file->tailer->unread_bytes() == 0 && file->at_its_end) {
      file->tailer->close();
      continue;
    }
    look(*file);
    if (file->queued || now - file->last_growth < config_.drain_quiet) continue;
    file->at_its_end = true;
    if (file->tailer->unread_bytes() == 0) {
      file->tailer->close();
    } else {
      wake(*file);
    }
  }
  std::erase_if(draining_, [this](const auto& file) {
    const bool done = file->tailer->closed() && file->tailer->settled() && file.get() != pending_;
    if (done) {
      std::erase(ready_, file.get());
      env_.positions.erase(file->position);
    }
    return done;
  });
}

// Files that were renamed out of the glob while no agent ran: their rest is read where they still
// lie in the same directory.
void FileSource::find_orphans() {
  for (const auto& [id, orphan] : env_.positions.orphans(env_.job))
    read_orphan(id, orphan);
}

void FileSource::read_orphan(Positions::Id id, const PositionRecord& orphan) {
  const auto target =
      std::find_if(targets_.begin(), targets_.end(), [&](const FileTarget& candidate) {
        return candidate.path.matches(orphan.path) &&
               model::hash_of(candidate.labels) == orphan.labels_hash;
      });
  if (target == targets_.end()) return;
  UniqueFd fd = find_inode(folder_of(orphan.path), orphan.identity);
  const auto facts = fd ? facts_of(fd.get()) : Error{};
  if (!facts || (!config_.decompression && facts->size < orphan.offset)) return;
  env_.positions.take(id);
  drain(make_file(orphan.path, target->labels, std::move(fd), orphan));
}

}  // namespace agent::logs
