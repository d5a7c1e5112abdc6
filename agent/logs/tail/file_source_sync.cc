// Which files a FileSource follows: globs, names, where reading starts.
#include <algorithm>
#include <cstdlib>
#include <set>
#include <system_error>
#include <utility>

#include <sys/vfs.h>

#include "agent/base/strings.h"
#include "agent/logs/tail/file_source.h"

namespace agent::logs {
namespace {

constexpr std::size_t kMostWatches = 4096;
constexpr std::size_t kCompressedLineBytes = 2'000'000;  // what the peers read of one
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

}  // namespace

void FileSource::set_groups(const std::vector<model::TargetGroup>& groups) {
  auto resolved_targets = resolve_targets(groups, config_.relabel, config_.host);
  searched_.clear();
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
  const SteadyTime begun = env_.clock.steady_now();
  scans_.add();
  notice_replaced();
  const auto found = find_files();
  reconcile(found);
  settle_former();
  find_orphans();
  read_missed_generations();
  synced_ = true;
  finish_drained();
  for (const auto& file : files_)
    look(*file);
  order_generations();
  watch_over(found);
  files_active_.set(static_cast<double>(files_.size() + draining_.size()));
  schedule_poll();
  sync_took_ = env_.clock.steady_now() - begun;
  if (!ready_.empty()) schedule_turn();  // what waited for an older file may go on
}

std::vector<FileSource::Found> FileSource::find_files() {
  std::vector<Found> out;
  std::vector<std::string> directories;
  std::map<std::string, int> unlisted;
  searched_.clear();
  for (const auto& target : targets_) {
    auto expanded = target.path.expand();
    unlisted.merge(expanded.unlisted);
    for (const auto& folder : expanded.directories)
      searched_[folder].push_back(&target);
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
  note_unlisted(std::move(unlisted));
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
    // A folder that could not be listed says nothing about what lies in it.
    const bool kept = same || (at == missing.end() && is_still_there(*file));
    if (same) file->seen_ns = at->second->facts.modified_ns;
    if (same) missing.erase(at);
    if (!kept) nameless.push_back(std::move(file));
  }
  std::erase(files_, nullptr);
  std::vector<const Found*> fresh;
  for (const auto& [key, one] : missing)
    if (!adopt(*one, nameless) && !adopt(*one, draining_) && !relabel(*one, nameless) &&
        !relabel(*one, draining_))
      fresh.push_back(one);
  for (auto& file : nameless) {
    const PositionRecord position = file->tailer->read_position();
    file->unwanted = leads_to(position.path, position.identity) == Leads::There;
    if (!file->unwanted) note_rotated(position, file->labels, file->seen_ns);
    drain(std::move(file));
  }
  open_all(std::move(fresh));
  index_paths();
}

bool FileSource::is_still_there(const File& file) const {
  const std::string& path = file.tailer->path();
  return leads_to(path, file.tailer->identity()) != Leads::Elsewhere &&
         std::any_of(targets_.begin(), targets_.end(), [&](const FileTarget& target) {
           return target.labels == file.labels && target.wants(path);
         });
}

// A file that we know under another name.
bool FileSource::adopt(const Found& found, Files& nameless) {
  const auto known = std::find_if(nameless.begin(), nameless.end(), [&](const auto& file) {
    return file->labels == found.target->labels && !file->superseded &&
           file->tailer->identity().same_inode(found.facts.identity);
  });
  if (known == nameless.end()) return false;
  auto file = std::move(*known);
  nameless.erase(known);
  if (file->tailer->path() != found.path) {
    note_rotated(file->tailer->read_position(), file->labels, file->seen_ns);
    *file->caught_up = false;  // what came since goes before the lines of whoever has its name now
  }
  if (file->tailer->closed()) file->tailer->reopen(open_handle(found.path));
  file->tailer->set_path(found.path);
  file->metrics = metrics_of(found.path);
  file->draining = false;
  file->unwanted = false;
  file->at_its_end = false;
  add(std::move(file), files_);
  return true;
}

// The same file under the same name, for a target whose labels changed: what is under way keeps its
// labels, and nothing is read again.
bool FileSource::relabel(const Found& found, Files& nameless) {
  const auto known = std::find_if(nameless.begin(), nameless.end(), [&](const auto& file) {
    return file->tailer->path() == found.path && !file->superseded &&
           file->tailer->identity().same_inode(found.facts.identity);
  });
  const model::LabelSet& labels = found.target->labels;
  if (known == nameless.end() ||
      !(*known)->tailer->set_labels(pinned_labels(found.path, labels), model::hash_of(labels)))
    return false;
  auto file = std::move(*known);
  nameless.erase(known);
  if (file->tailer->closed()) file->tailer->reopen(open_handle(found.path));
  file->labels = labels;
  file->draining = false;
  file->unwanted = false;
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

// Files of which a position is known first: others may be copies of them.
void FileSource::open_all(std::vector<const Found*> fresh) {
  std::stable_partition(fresh.begin(), fresh.end(), [this](const Found* found) {
    return env_.positions.knows(env_.job, found->facts.identity);
  });
  for (const Found* found : fresh)
    open(*found);
}

void FileSource::open(const Found& found) {
  UniqueFd fd = open_handle(found.path);
  if (!fd) return on_open_error(found, errno);
  const auto facts = facts_of(fd.get());
  if (!facts || !facts->regular) return;
  auto start = starting_point(found, fd.get(), *facts);
  if (!start) return;
  auto file = make_file(found.path, found.target->labels, std::move(fd), std::move(*start));
  file->generation_ns = facts->modified_ns;
  if (!former_.empty() && former_.back().record.path == found.path)
    file->after = former_.back().settled;
  add(std::move(file), files_);
}

void FileSource::on_open_error(const Found& found, int error) {
  if (error != ENOENT) {
    env_.log.limited(LogLevel::Warn, "open " + found.path,
                     "A file cannot be opened; it is tried again.",
                     {{"file", found.path}, {"reason", std::system_category().message(error)}});
    return;
  }
  // It had its name a moment ago. Renamed, perhaps; else nobody will read it any more.
  PositionRecord record = fresh_record(found.path, found.target->labels, found.facts);
  if (const auto saved =
          env_.positions.claim(env_.job, found.path, record.labels_hash, found.facts.identity);
      saved && counts_as_we_do(*saved))
    record = *saved;
  if (auto fd = find_renamed(record); fd && *fd) {
    drain_found(found.path, found.target->labels, std::move(*fd), std::move(record), found.facts);
  } else if (found.facts.size > record.offset) {
    lost_.count("deleted", found.path, found.target->labels, found.facts.size - record.offset);
  }
}

PositionRecord FileSource::fresh_record(const std::string& path, const model::LabelSet& labels,
                                        const FileFacts& facts) const {
  PositionRecord out;
  out.job = env_.job;
  out.path = path;
  out.labels_hash = model::hash_of(labels);
  out.identity = facts.identity;
  out.unit = unit();
  // Of a compressed file: not read to its end yet, at any size.
  out.size = config_.decompression ? 0 : facts.size;
  return out;
}

// False: the job was plain when it was saved and decompresses now, or the other way round.
bool FileSource::counts_as_we_do(const PositionRecord& saved) {
  if (saved.unit == unit()) return true;
  const bool bytes = saved.unit == PositionUnit::Bytes;
  env_.log.limited(LogLevel::Warn, "position unit " + env_.job,
                   bytes ? "A saved position counts bytes, and the job decompresses now: the file "
                           "is read from its start."
                         : "A saved position counts lines, and the job does not decompress any "
                           "more: the file is read from its start.",
                   {{"job", env_.job}, {"file", saved.path}});
  return false;
}

// Whether the file still is the one that was read up to the position. That of a compressed file
// counts lines and has no mark.
bool FileSource::holds_content_of(int fd, const FileFacts& facts,
                                  const PositionRecord& saved) const {
  if (!config_.decompression && saved.offset > facts.size) return false;
  const auto first = fingerprint_holds(fd, saved.identity.fingerprint);
  const auto before = mark_holds(fd, saved.offset, saved.mark);
  return first && *first && before && *before;
}

// What was saved of that very file and still holds.
std::optional<PositionRecord> FileSource::saved_position(const Found& found, int fd,
                                                         const FileFacts& facts) {
  const model::LabelSet& labels = found.target->labels;
  const std::uint64_t hash = model::hash_of(labels);
  while (auto saved = env_.positions.claim(env_.job, found.path, hash, facts.identity)) {
    if (!counts_as_we_do(*saved)) continue;
    if (!holds_content_of(fd, facts, *saved)) {
      note_former(std::move(*saved), labels, 0);
      continue;
    }
    if (saved->path != found.path) note_rotated(*saved, labels, 0);
    return saved;
  }
  return std::nullopt;
}

// Nothing: a copy of a file that we follow, not to be read now.
std::optional<PositionRecord> FileSource::starting_point(const Found& found, int fd,
                                                         const FileFacts& facts) {
  PositionRecord out = fresh_record(found.path, found.target->labels, facts);
  const auto saved = saved_position(found, fd, facts);
  if (const auto text = env_.positions.text_offset(env_.job, found.path, found.target->labels)) {
    if (config_.decompression || *text <= facts.size) out.offset = *text;
  } else if (saved) {
    if (config_.decompression) out.size = saved->size;
    go_on_from(*saved, out);
    // What its original's reader had handed over, in another life, may not have arrived.
    PositionRecord original = out;
    if (is_copy_of_former(found, fd, facts, original) && original.offset < out.offset)
      out = std::move(original);
  } else if (copy_of_known(found, fd, facts, out) == Likeness::Partial) {
    return std::nullopt;
  }
  copies_.erase({facts.identity.device, facts.identity.inode});
  if (out.identity.fingerprint.length == 0)
    if (const auto taken = take_fingerprint(fd)) out.identity.fingerprint = *taken;
  return out;
}

model::PinnedLabels FileSource::pinned_labels(const std::string& path,
                                              const model::LabelSet& labels) {
  model::LabelSet all = labels;
  if (is_valid_utf8(path)) all.set("filename", path);
  return model::PinnedLabels(env_.labels.intern(all));
}

std::unique_ptr<FollowedFile> FileSource::make_file(const std::string& path,
                                                    const model::LabelSet& labels, UniqueFd fd,
                                                    PositionRecord start) {
  auto file = std::make_unique<File>();
  file->labels = labels;
  file->last_growth = env_.clock.steady_now();
  file->metrics = metrics_of(path);
  file->position = env_.positions.insert(start);
  file->tailer = make_reader(path, pinned_labels(path, labels), std::move(fd), std::move(start),
                             file->position);
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

}  // namespace agent::logs
